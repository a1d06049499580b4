"""What custody does later."""

from salus.platform.work import Job
from salus.rights.custody import denials
from salus.rights.custody.auditing import jobs as auditing
from salus.rights.custody.erasure import jobs as erasure
from salus.rights.custody.exporting import jobs as exporting
from salus.rights.custody.joint import jobs as joint
from salus.rights.custody.logbook import jobs as logbook
from salus.rights.custody.renewing import jobs as renewing

JOBS: dict[str, Job] = {
    **denials.JOBS,
    **erasure.JOBS,
    **exporting.JOBS,
    **joint.JOBS,
    **auditing.JOBS,
    **logbook.JOBS,
    **renewing.JOBS,
}
