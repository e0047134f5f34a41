"""The console's shell: admin site, register base classes, work pages, navigation. The only importer of unfold."""
