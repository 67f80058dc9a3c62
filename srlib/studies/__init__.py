"""Every study of the book by its key."""

from srlib.errors import SrlibError
from srlib.studies import cm_dwsc, ddsr, multiscale
from srlib.studies.study import Row, Study, run_study

STUDIES = {
    study.key: study
    for study in (
        ddsr.KERNEL_SIZE,
        ddsr.DEPTH,
        ddsr.OPTIMIZER,
        ddsr.OPTIMIZER_RATE,
        ddsr.PATCH_SIZE,
        ddsr.FAST_RECIPE,
        cm_dwsc.SEPARABLE,
        multiscale.WAYS,
    )
}


def study_named(key):
    if key not in STUDIES:
        raise SrlibError(f"unknown study {key!r}: one of {', '.join(STUDIES)}")
    return STUDIES[key]


__all__ = ["STUDIES", "Row", "Study", "run_study", "study_named"]
