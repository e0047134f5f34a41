"""One way of writing dates and times; Django reads it by FORMAT_MODULE_PATH."""
