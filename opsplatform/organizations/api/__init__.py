"""Routes, views and serializers of divisions, kinds of bodies and bodies."""
