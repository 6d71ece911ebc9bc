//! Which refusals the operations of tags have a name for.

use crate::refusal::refusals;

refusals! {
    AddTagsError {
        ChannelARNInvalid ChannelNotFound CloudTrailARNInvalid EventDataStoreARNInvalid
        EventDataStoreNotFound InactiveEventDataStore InvalidTagParameter InvalidTrailName
        ResourceNotFound ResourceTypeNotSupported TagsLimitExceeded
    }
    ListTagsError {
        ChannelARNInvalid CloudTrailARNInvalid EventDataStoreARNInvalid EventDataStoreNotFound
        InactiveEventDataStore InvalidTrailName ResourceNotFound ResourceTypeNotSupported
    }
    RemoveTagsError {
        ChannelARNInvalid ChannelNotFound CloudTrailARNInvalid EventDataStoreARNInvalid
        EventDataStoreNotFound InactiveEventDataStore InvalidTrailName ResourceNotFound
        ResourceTypeNotSupported
    }
}
