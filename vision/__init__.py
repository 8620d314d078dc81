import os

# From release 1.29 on ONNX Runtime tells Microsoft what models it opens, unless it finds this in the environment.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
