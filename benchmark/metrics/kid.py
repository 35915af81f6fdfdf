"""KID, the kernel distance between the features of real and generated images."""

from __future__ import annotations

from torch import Tensor
from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, KEY_METRIC_KID_STD, kid_features_to_metric

from benchmark.metrics.features import FeatureMetric

SUBSET, SUBSETS = 1000, 100


class KID(FeatureMetric):
    """``kid_<extractor>``: the squared MMD with the kernel (x.y / d + 1)^3, and its spread over subsets.

    It is the mean over 100 random subsets of 1,000 images, or of all images if there are fewer, as in torch-fidelity. It is
    unbiased for any number of images.

    Source: Binkowski et al. 2018, section 4.
    """

    key = main = "kid"

    def compare(self, generated: Tensor) -> dict[str, float]:
        size = min(SUBSET, len(generated), len(self.real))
        result = kid_features_to_metric(generated, self.real, kid_subsets=SUBSETS, kid_subset_size=size, verbose=False)
        return {"kid": result[KEY_METRIC_KID_MEAN], "kid_std": result[KEY_METRIC_KID_STD]}
