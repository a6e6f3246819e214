"""What theory says of a step and of a run: its parts, quadratics in closed form, stable step sizes."""
