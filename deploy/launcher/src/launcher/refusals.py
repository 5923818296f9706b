"""Why the platform cannot start, each in one line that names the way out."""


class CannotStart(Exception):
    """The platform, or one of its servers, cannot start; the message is one line for a person."""


class PortTaken(CannotStart):
    """Another program listens on the port that was asked for."""


class AlreadyRunning(CannotStart):
    """Another running platform uses the same folder."""


class OtherVersion(CannotStart):
    """The data on disk was written by another major version of the server."""


class ForeignCluster(CannotStart):
    """The broker's data folder belongs to another Kafka cluster."""


class BrokerUnreachable(CannotStart):
    """No Kafka broker answers at the address that was given."""


class DiskFull(CannotStart):
    """There is no room left for the data."""


class JarUnavailable(CannotStart):
    """A file of Apache Kafka could not be fetched, or is not the one that was published."""


class ServerFailed(CannotStart):
    """A server ended or stayed silent instead of starting."""
