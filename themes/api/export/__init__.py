"""What the acceptance platform reads: live releases, packages, forms, evaluation, dictionaries, keys."""
