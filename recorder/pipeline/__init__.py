"""Sources -> guard -> writer: the only threads and queues of a recording. Everything raw ends here or earlier."""
