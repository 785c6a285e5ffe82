"""`python -m tests.review.web.alone SESSION`: opens the page and visits it, for a machine without any network."""

import json
import os
import subprocess
import sys

from tests.review.web.calling import Caller
from tests.review.web.test_command import COMMAND, visits

if __name__ == "__main__":
    with subprocess.Popen([*COMMAND, "--no-browser"], stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        person = Caller(process.stdout.readline().strip()).let_in()
        print(json.dumps(visits(person, sys.argv[1])))
        person.post("/api/close")
