"""What stops a release."""

from salus.kernel.errors import SalusError


class UnknownProfile(SalusError):
    """There is no profile {profile}."""

    hint = "Take one of: {known}. Or give the path of a profile of your own."
    status = 404


class BadProfile(SalusError):
    """The profile is wrong at {where}."""

    hint = "Compare it with the profiles that come with Salus."
    status = 422


class BadProject(SalusError):
    """A project is named by 1 to 64 small letters, digits and hyphens."""

    hint = "Take a name such as `asthma-2027`, without a name of a person."
    status = 422


class BadField(SalusError):
    """{field} is no field that a release can be judged by."""

    hint = "Give a path such as `Patient.maritalStatus`, or a code as `system|code`."
    status = 422


class NotAnonymous(SalusError):
    """Nothing was released: some people stand out by {fields}, in groups smaller than {least}."""

    hint = "Release more people, or take a profile that says less about these fields."
    status = 409


class NothingToRelease(SalusError):
    """The files hold nothing that this profile releases."""

    hint = "Give FHIR R4 resources of a type that the profile names."
    status = 422


class OutputExists(SalusError):
    """There is a file {file} already."""

    hint = "Name a new file: a release is never written over another."
    status = 409
