//! Every bound of the record and of the wire, in one place. Sizes are bytes.

/// A whole record, since `eventVersion` 1.05.
pub const RECORD_BYTES: usize = 256 * 1024;
/// A whole record of event data stores with `MaxEventSize` `Large` alone. The journal has no longer
/// one, so this is what its readers take.
pub const LARGE_RECORD_BYTES: usize = 1024 * 1024;
/// `requestParameters`, `responseElements`, `serviceEventDetails`: above this one is omitted.
pub const PARAMETERS_BYTES: usize = 100 * 1024;
/// `additionalEventData`: above this the member is omitted.
pub const ADDITIONAL_DATA_BYTES: usize = 28 * 1024;
/// `userAgent`, `errorCode`, `errorMessage`, `requestID`: truncated to this.
pub const SHORT_TEXT_BYTES: usize = 1024;
/// How deep a record may nest.
pub const JSON_DEPTH: usize = 128;
/// An `eventID` or an external id that takes its place.
pub const EVENT_ID_BYTES: usize = 128;
/// What Cairn keeps of one thing that is not a record; more is refused, not cut.
pub const QUARANTINE_BYTES: usize = 16 * 1024 * 1024;
/// One request body of the ingest door, after decompression.
pub const INGEST_BODY_BYTES: usize = 16 * 1024 * 1024;
/// One request body of an AWS JSON or query operation.
pub const API_BODY_BYTES: usize = 1024 * 1024;
/// Records of one ingest request.
pub const INGEST_RECORDS: usize = 50_000;
/// Event history goes back this many days.
pub const HISTORY_DAYS: i64 = 90;
/// `MaxResults` of LookupEvents, and its default.
pub const LOOKUP_RESULTS: usize = 50;
