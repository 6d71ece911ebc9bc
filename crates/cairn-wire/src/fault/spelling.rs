//! One table: what each family of protocols calls a fault, and the status it sends with it.

use super::Fault;

/// A fault in every family's words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling {
    /// As JSON protocols name it, which is [`Fault::code`].
    pub(super) json: &'static str,
    /// The status that REST-JSON sends. Its codes are JSON's.
    pub(super) rest_status: u16,
    /// Of the query protocol, and of REST-XML other than S3's.
    pub(super) query: (&'static str, u16),
    pub(super) ec2: (&'static str, u16),
    pub(super) s3: (&'static str, u16),
}

/// The row of a fault; `None` where every family says the same.
pub(super) fn of(fault: &Fault) -> Option<&'static Spelling> {
    if fault.skewed {
        return Some(&SKEWED);
    }
    SPELLINGS.iter().find(|row| row.json == fault.code)
}

/// A signature that is right, from a clock that is not. Clients that see one of these codes, or a
/// date that differs from theirs, correct their clock and try again.
static SKEWED: Spelling = Spelling {
    json: "InvalidSignatureException",
    rest_status: 403,
    query: ("SignatureDoesNotMatch", 403),
    ec2: ("RequestExpired", 400),
    s3: ("RequestTimeTooSkewed", 403),
};

pub(super) static SPELLINGS: [Spelling; 17] = [
    Spelling {
        json: "AccessDeniedException",
        rest_status: 403,
        query: ("AccessDenied", 403),
        ec2: ("UnauthorizedOperation", 403),
        s3: ("AccessDenied", 403),
    },
    Spelling {
        json: "ExpiredTokenException",
        rest_status: 403,
        query: ("ExpiredToken", 403),
        ec2: ("RequestExpired", 400),
        s3: ("ExpiredToken", 400),
    },
    Spelling {
        json: "IncompleteSignatureException",
        rest_status: 403,
        query: ("IncompleteSignature", 400),
        ec2: ("IncompleteSignature", 400),
        s3: ("AuthorizationHeaderMalformed", 400),
    },
    Spelling {
        json: "InternalFailure",
        rest_status: 500,
        query: ("InternalFailure", 500),
        ec2: ("InternalError", 500),
        s3: ("InternalError", 500),
    },
    Spelling {
        json: "InvalidSignatureException",
        rest_status: 403,
        query: ("SignatureDoesNotMatch", 403),
        ec2: ("AuthFailure", 401),
        s3: ("SignatureDoesNotMatch", 403),
    },
    Spelling {
        json: "MalformedQueryString",
        rest_status: 400,
        query: ("MalformedQueryString", 400),
        ec2: ("MalformedQueryString", 400),
        s3: ("InvalidURI", 400),
    },
    Spelling {
        json: "MissingAuthenticationTokenException",
        rest_status: 403,
        query: ("MissingAuthenticationToken", 403),
        ec2: ("MissingAuthenticationToken", 403),
        // To S3 a request without a signature is an anonymous one.
        s3: ("AccessDenied", 403),
    },
    Spelling {
        json: "RequestEntityTooLargeException",
        rest_status: 413,
        query: ("RequestEntityTooLarge", 413),
        ec2: ("RequestEntityTooLarge", 413),
        s3: ("EntityTooLarge", 400),
    },
    Spelling {
        json: "RequestTimeout",
        rest_status: 408,
        query: ("RequestTimeout", 408),
        ec2: ("RequestTimeout", 408),
        s3: ("RequestTimeout", 400),
    },
    Spelling {
        json: "SerializationException",
        rest_status: 400,
        query: ("MalformedQueryString", 400),
        ec2: ("MalformedQueryString", 400),
        s3: ("MalformedXML", 400),
    },
    Spelling {
        json: "ServiceUnavailable",
        rest_status: 503,
        query: ("ServiceUnavailable", 503),
        ec2: ("Unavailable", 503),
        s3: ("ServiceUnavailable", 503),
    },
    Spelling {
        json: "ThrottlingException",
        rest_status: 429,
        query: ("Throttling", 400),
        ec2: ("RequestLimitExceeded", 503),
        s3: ("SlowDown", 503),
    },
    Spelling {
        json: "UnknownOperationException",
        rest_status: 404,
        query: ("InvalidAction", 400),
        ec2: ("InvalidAction", 400),
        s3: ("MethodNotAllowed", 405),
    },
    Spelling {
        json: "UnrecognizedClientException",
        rest_status: 403,
        query: ("InvalidClientTokenId", 403),
        ec2: ("AuthFailure", 401),
        s3: ("InvalidAccessKeyId", 403),
    },
    Spelling {
        json: "UnsupportedMediaTypeException",
        rest_status: 415,
        query: ("UnsupportedMediaTypeException", 415),
        ec2: ("UnsupportedMediaTypeException", 415),
        s3: ("InvalidRequest", 400),
    },
    Spelling {
        json: "UnsupportedOperationException",
        rest_status: 400,
        query: ("UnsupportedOperation", 400),
        ec2: ("UnsupportedOperation", 400),
        s3: ("NotImplemented", 501),
    },
    Spelling {
        json: "ValidationException",
        rest_status: 400,
        query: ("ValidationError", 400),
        ec2: ("InvalidParameterValue", 400),
        s3: ("InvalidRequest", 400),
    },
];
