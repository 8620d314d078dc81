import os

# From release 1.29 on ONNX Runtime tells Microsoft what models it opens, unless it finds this in the environment.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# How often torch's threads (GNU OpenMP) look whether there is more to do before they sleep. It is read when torch is loaded. By
# default they look on for seconds, as if each core were theirs: with two programs that calculate on two cores, an epoch that
# takes one thread 3 s took 31 to 69. So often it takes 5 s, and a program that has the cores to itself is hardly slower.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
