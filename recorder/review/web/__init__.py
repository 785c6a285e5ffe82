"""The review page: what would leave, to be looked at, cut and approved. The engine is `recorder.review`."""
