//! What to do about a failure, where that is known.

use crate::client::ClientError;
use crate::credentials::CredentialsError;
use crate::data_dir::DataDirError;
use crate::failure::Failure;
use crate::ingest::IngestError;
use crate::verify::VerifyError;

/// One line for the user, below the error.
pub(crate) fn hint(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Client(error) | Failure::Ingest(IngestError::Client(error)) => of_client(error),
        Failure::Credentials(error) => match error {
            CredentialsError::NoEndpoint => Some(
                "start a server with `cairn serve`, then run `eval \"$(cairn env)\"` where it runs",
            ),
            CredentialsError::NoKey => {
                Some("run `eval \"$(cairn env --data DIR)\"` with the server's data directory")
            }
            CredentialsError::NoProfileKey { .. } => {
                Some("name another profile, or none: without --profile the variables are used")
            }
            CredentialsError::DataDir(error) => of_data_dir(error),
        },
        Failure::DataDir(error) => of_data_dir(error),
        Failure::Unverified(failure) => hint(failure),
        Failure::Import { .. } => {
            Some("`cairn import show ID` says what is wrong; `cairn import retry ID` looks again")
        }
        Failure::Verify(VerifyError::NoKey) => Some(
            "ask whoever runs the server for its key (`cairn trail key` prints it), \
             or give --public-keys FILE",
        ),
        _ => None,
    }
}

fn of_data_dir(error: &DataDirError) -> Option<&'static str> {
    match error {
        DataDirError::Missing { .. } => {
            Some("name the server's directory with --data DIR; `cairn serve` makes it")
        }
        DataDirError::NoKey { .. } => Some(
            "set AWS_ENDPOINT_URL to the server, and AWS_ACCESS_KEY_ID and its secret to yours",
        ),
        DataDirError::Unreadable { .. } => {
            Some("run this as the user that runs the server, or ask for a key of your own")
        }
        DataDirError::Damaged { .. } => None,
    }
}

fn of_client(error: &ClientError) -> Option<&'static str> {
    match error {
        ClientError::Connect { error, .. } if error.kind() == std::io::ErrorKind::InvalidData => {
            Some(
                "name its certificate with --ca FILE if no public authority signed it; \
                 write http:// if the server has no TLS",
            )
        }
        ClientError::Connect { .. } => {
            Some("is `cairn serve` running there? `cairn env` shows where it last listened")
        }
        ClientError::Refused(refusal) if refusal.is_about_region() => {
            Some("check AWS_REGION; a Region of your own stands in the server's setting `regions`")
        }
        ClientError::Refused(refusal) => of_code(&refusal.code),
        ClientError::NotCairn { .. } => {
            Some("check AWS_ENDPOINT_URL: something else answers there")
        }
        ClientError::Timeout { .. } => Some("see how the server does with `cairn worker list`"),
        _ => None,
    }
}

fn of_code(code: &str) -> Option<&'static str> {
    match code {
        "UnrecognizedClientException" | "InvalidClientTokenId" => Some(
            "the server does not know this access key, or it is inactive: \
                 run `eval \"$(cairn env)\"`, or ask for another",
        ),
        "SignatureDoesNotMatch" | "InvalidSignatureException" => {
            Some("check AWS_SECRET_ACCESS_KEY (`eval \"$(cairn env)\"` sets it) and the clock here")
        }
        "RequestExpired" => Some("set this machine's clock"),
        "ExpiredToken" | "ExpiredTokenException" => Some("assume the role again"),
        "AccessDenied" | "AccessDeniedException" => {
            Some("use an administrator's key: `cairn user create --admin` makes one")
        }
        _ => None,
    }
}
