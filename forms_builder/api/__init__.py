"""Routes, views and serializers of dictionaries, public fields and item forms."""
