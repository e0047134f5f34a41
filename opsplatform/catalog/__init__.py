"""The item library (事项库): service items, materials with review points, legal basis, service points.

Promises: an item is a body or kind + basic code + handling sequence; a material code means one substance; every write
raises the revision of its row."""
