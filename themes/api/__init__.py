"""Routes, views and serializers of scene categories and of the work on themes; `export` is what machines read."""
