"""What of exports is done later."""

from salus.platform.work import Job
from salus.rights.custody.exporting.service import END, end

JOBS: dict[str, Job] = {END: end}
