"""What knows nothing of the subject: errors, files, numbers as text, worker processes, code of the user's."""
