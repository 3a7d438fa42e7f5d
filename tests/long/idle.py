"""10,000 idle connections: what each costs, and that nobody beside them notices. It is
the test of tests/system/test_limits.py with a larger number."""

import os
import pathlib
import resource
import subprocess
import sys

N = 10_000

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if hard < N + 200:
    sys.exit(f"idle: CANNOT RUN: at most {hard} descriptors are allowed here (ulimit -Hn), "
             f"and {N + 200} are needed")
resource.setrlimit(resource.RLIMIT_NOFILE, (N + 200, hard))
try:
    import pytest, aiosmtpd     # noqa: F401 (the tests want both)
except ImportError:
    sys.exit("idle: CANNOT RUN: python3-pytest and python3-aiosmtpd are not installed")
system = pathlib.Path(os.environ["top_srcdir"]) / "tests/system"
result = subprocess.run(
    [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "--rootdir", system,
     system / "test_limits.py", "-k", "idle"], capture_output=True, text=True,
    env={**os.environ, "PYTHONPATH": str(system), "TOCSIN_IDLE_CONNECTIONS": str(N)})
if result.returncode != 0:
    sys.exit(result.stdout + result.stderr)
print("idle:", next(line for line in result.stdout.splitlines() if "idle connections" in line))
