"""Films, pictures and pages of how one's own networks trained."""
