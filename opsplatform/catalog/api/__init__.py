"""Routes, views and serializers of items, materials and service points."""
