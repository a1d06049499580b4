"""What of joint reads is done later."""

from salus.platform.work import Job
from salus.rights.custody.joint.service import END, end

JOBS: dict[str, Job] = {END: end}
