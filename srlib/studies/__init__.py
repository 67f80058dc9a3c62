"""Every study of the book by its key."""

from srlib.errors import SrlibError
from srlib.studies import cm_dwsc, ddsr, gidrn, multiscale
from srlib.studies.study import Row, Study, results, run_study

STUDIES = {
    study.key: study
    for study in (
        ddsr.KERNEL_SIZE,
        ddsr.DEPTH,
        ddsr.COMPARISON,
        ddsr.OPTIMIZER,
        ddsr.OPTIMIZER_RATE,
        ddsr.PATCH_SIZE,
        ddsr.FAST_RECIPE,
        ddsr.SAMPLING,
        cm_dwsc.SEPARABLE,
        cm_dwsc.RATE,
        cm_dwsc.AUGMENTATION,
        cm_dwsc.MIXING,
        multiscale.WAYS,
        multiscale.RATE,
        gidrn.ABLATION,
        gidrn.ABLATION_NARROW,
        gidrn.SAMPLING,
        gidrn.LOSS_WEIGHT,
        gidrn.BLUR,
    )
}


def studies_named(name=None):
    """The study of that key alone, or all studies of the document of that key; without a name, all there are."""
    of_document = [study for study in STUDIES.values() if name in (None, study.document)]
    return of_document or [study_named(name)]


def study_named(key):
    if key not in STUDIES:
        raise SrlibError(f"unknown study {key!r}: one of {', '.join(STUDIES)}")
    return STUDIES[key]


__all__ = ["STUDIES", "Row", "Study", "results", "run_study", "studies_named", "study_named"]
