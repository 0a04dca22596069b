"""What can go wrong with jobs."""

from openmvno.errors import Conflict, Invalid, NotFound


class JobNotFound(NotFound):
    """The tenant has no job with this id."""

    code = "job_not_found"
    title = "There is no such job"
    accepted = "the id of a job: GET /v1/jobs lists them"


class JobFinished(Conflict):
    """All rows of the job have been worked; there is nothing left to cancel."""

    code = "job_finished"
    title = "The job is finished"
    accepted = "a job with rows that have not been worked"


class BulkRowsInvalid(Invalid):
    """The body is no list of rows; nothing has been begun."""

    code = "bulk_rows_invalid"
    title = "The rows cannot be read"
    accepted = "a list of objects in JSON, or CSV in UTF-8 with the names of its columns first"


class SubjectAmbiguous(Invalid):
    """A row names its line or account in exactly one way."""

    code = "bulk_subject_ambiguous"
    title = "Name the line or account in one way"
    accepted = "either the id or the msisdn"
