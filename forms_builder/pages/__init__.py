"""Pages of work on dictionaries: the code list, one code with everything that names it, ending it, crosswalks."""
