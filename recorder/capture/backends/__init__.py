"""One module or package per platform, each behind `recorder.capture.contract`; imported lazily by the chooser."""
