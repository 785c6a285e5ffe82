"""A desktop recorder that a volunteer runs by choice: redacts on the device, before anything reaches the disk."""

__version__ = "0.1.0"
