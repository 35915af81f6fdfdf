"""Improved precision and recall, from nearest neighbours of features: for data whose manifold is not known."""

from __future__ import annotations

from torch import Tensor
from torch_fidelity.metric_prc import KEY_METRIC_F_SCORE, KEY_METRIC_PRECISION, KEY_METRIC_RECALL, prc_features_to_metric

from benchmark.metrics.features import FeatureMetric

NEIGHBOURS = 3
BATCH = 1000  # rows of distances held at once


class ImprovedPrecisionRecall(FeatureMetric):
    """Precision: the share of generated features inside a ball of a real one. Recall: the same with the roles exchanged.

    A feature's ball reaches to its third nearest neighbour of the same kind, as in torch-fidelity. Both shares depend on the
    numbers of images.

    Source: Kynkaanniemi et al. 2019, equations 1 and 2.
    """

    key = "improved-precision-recall"
    main = "neighbour_one_minus_f1"
    least_images = NEIGHBOURS + 1

    def compare(self, generated: Tensor) -> dict[str, float]:
        result = prc_features_to_metric(
            generated, self.real, prc_neighborhood=NEIGHBOURS, prc_batch_size=BATCH, save_cpu_ram=True, verbose=False
        )
        return {
            self.main: 1 - result[KEY_METRIC_F_SCORE],
            "neighbour_precision": result[KEY_METRIC_PRECISION],
            "neighbour_recall": result[KEY_METRIC_RECALL],
        }
