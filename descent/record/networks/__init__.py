"""Networks recorded while they train, and slices of their loss."""
