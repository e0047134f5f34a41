"""An app whose second migration would stop a live system: a saboteur for the judge of migrations."""
