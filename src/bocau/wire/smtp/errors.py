"""Why a connection failed, each with what to do about it."""

from bocau.base.errors import BocauError
from bocau.base.words import N_


class RelayError(BocauError):
    """A connection to a relay failed. No mail was lost: what was not surely taken stays in the ledger."""

    code = "relay-failed"
    sentence = N_("The connection to {relay} failed: {reason}.")
    hint = N_("Check the relay's address and port, and that this machine may reach it.")


class RelayNameUnknownError(RelayError):
    code = "relay-name-unknown"
    sentence = N_("The name of the relay {relay} cannot be found.")
    hint = N_("Check the spelling of the host name, and that this machine's DNS works.")


class RelayRefusedError(RelayError):
    code = "relay-refused"
    sentence = N_("Nothing listens at {relay}: the connection was refused.")
    hint = N_("Check the port: 587 with STARTTLS or 465 with TLS are usual; providers often block 25.")


class RelaySilentError(RelayError):
    code = "relay-silent"
    sentence = N_("{relay} did not answer within {seconds} s ({stage}).")
    hint = N_("A wrong port or a firewall often looks like this: port 465 needs TLS from the first byte.")


class RelayGoneError(RelayError):
    code = "relay-gone"
    sentence = N_("{relay} closed the connection ({stage}).")
    hint = N_("Nothing to do if it is temporary: the mails stay queued and are tried again.")


class RelayGarbledError(RelayError):
    code = "relay-garbled"
    sentence = N_("{relay} answered with something that is not SMTP ({stage}): {reason}.")
    hint = N_("Check that the port is an SMTP port, and whether it wants TLS from the first byte.")


class RelayRejectedError(RelayError):
    code = "relay-rejected"
    sentence = N_("{relay} refused our connection ({stage}): {reply}")
    hint = N_("The server's own words say why; its operator can tell more.")


class TlsMissingError(RelayError):
    code = "tls-missing"
    sentence = N_("{relay} does not offer STARTTLS, and this relay is set to require TLS. Nothing was sent.")
    hint = N_("Use a port that offers TLS (587 or 465). Only for a relay on your own machine: set its TLS to off.")


class TlsFailedError(RelayError):
    code = "tls-failed"
    sentence = N_("TLS with {relay} failed: {reason}. Nothing was sent.")
    hint = N_("Port 465 wants TLS from the first byte (implicit), 587 and 25 begin in clear and use STARTTLS.")


class TlsCertificateWrongError(RelayError):
    code = "tls-certificate-wrong"
    sentence = N_("The certificate of {relay} cannot be trusted: {reason}. Nothing was sent.")
    hint = N_("Use the name in the certificate, or give the file of the authority that signed it.")


class TlsTrustUnreadableError(RelayError):
    code = "tls-trust-unreadable"
    sentence = N_("The certificates to trust for {relay} cannot be read from {file}: {reason}. Nothing was sent.")
    hint = N_("Give a PEM file that this program may read, or none to trust what this machine trusts.")


class TlsInjectionError(RelayError):
    code = "tls-injection"
    sentence = N_("{relay} sent clear text after its answer to STARTTLS. Nothing was sent.")
    hint = N_("Somebody may be tampering with the connection. Do not switch TLS off; ask the relay's operator.")


class PasswordInClearError(RelayError):
    code = "password-in-clear"
    sentence = N_("The connection to {relay} is not encrypted, so the password was not sent.")
    hint = N_("Set the relay's TLS to required (587) or implicit (465), or remove the user name.")


class SignInMissingError(RelayError):
    code = "sign-in-missing"
    sentence = N_("{relay} offers no way to sign in that we know (it offers: {offered}).")
    hint = N_("Check the port, or remove the user name if this relay needs none.")


class SignInRefusedError(RelayError):
    code = "sign-in-refused"
    sentence = N_("{relay} refused the user name or password: {reply}")
    hint = N_("Check both. Gmail and Microsoft 365 want an app password or a token, not the account's password.")


class RelayAbortedError(RelayError):
    code = "relay-aborted"
    sentence = N_("We closed the connection to {relay} ourselves ({stage}).")
    hint = N_("Nothing to do: the mail was not sent and stays queued.")
