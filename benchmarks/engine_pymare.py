"""PyMARE's times for benchmarks/engine.py: PYTHON engine_pymare.py FOLDER TASK..."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from pymare import Dataset
from pymare.estimators import VarianceBasedLikelihoodEstimator

BATCH = 10
folder, *names = sys.argv[1:]
found = {}
for name in names:
    data = json.loads((Path(folder) / f"{name}.json").read_text())
    y, v = (np.array(data[column])[:, None] for column in ("yi", "vi"))
    times = []
    for _ in range(20):
        begin = time.process_time()
        for _ in range(BATCH):
            VarianceBasedLikelihoodEstimator(method="REML").fit_dataset(Dataset(y, v)).summary()
        times.append((time.process_time() - begin) / BATCH)
    found[name] = min(times)
(Path(folder) / "times.json").write_text(json.dumps(found))
