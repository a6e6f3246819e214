"""What a finished picture is checked for: legible, and true to its data."""
