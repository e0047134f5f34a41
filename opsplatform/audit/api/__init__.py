"""Routes, views and serializers of the audit trail."""
