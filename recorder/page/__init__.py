"""A page on this machine for one person alone: the door, the server, the frame of a page. Knows no sessions."""
