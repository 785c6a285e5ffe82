"""`recorder delete` and `recorder forget`: what goes is listed first, then it is gone for good."""
