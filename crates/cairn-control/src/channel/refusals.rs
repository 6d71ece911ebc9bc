//! Which refusals the operations of channels have a name for.

use crate::refusal::refusals;

refusals! {
    CreateChannelError {
        ChannelAlreadyExists ChannelMaxLimitExceeded EventDataStoreARNInvalid
        EventDataStoreNotFound InactiveEventDataStore InvalidEventDataStoreCategory
        InvalidParameter InvalidSource InvalidTagParameter TagsLimitExceeded
    }
    DeleteChannelError { ChannelARNInvalid ChannelNotFound }
    GetChannelError { ChannelARNInvalid ChannelNotFound }
    ListChannelsError { InvalidNextToken }
    UpdateChannelError {
        ChannelARNInvalid ChannelAlreadyExists ChannelNotFound EventDataStoreARNInvalid
        EventDataStoreNotFound InactiveEventDataStore InvalidEventDataStoreCategory
        InvalidParameter
    }
}
