use cairn_core::AccountId;
use cairn_ports::*;
pub(crate) struct Absent;
fn no<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(async { Err(PortError::missing("NoSuchBucket", "absent")) })
}
impl Buckets for Absent {
    fn bucket<'a>(&'a self, _: &'a str) -> Answer<'a, BucketInfo> {
        no()
    }
    fn policy<'a>(&'a self, _: &'a str) -> Answer<'a, Option<String>> {
        no()
    }
    fn put<'a>(&'a self, _: Put<'a>) -> Answer<'a, Stored> {
        no()
    }
    fn get<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: &'a str,
        _: Option<&'a str>,
    ) -> Answer<'a, Object> {
        no()
    }
    fn head<'a>(&'a self, _: &'a Actor, _: &'a str, _: &'a str) -> Answer<'a, Meta> {
        no()
    }
    fn list<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: &'a str,
        _: Option<&'a str>,
        _: u32,
    ) -> Answer<'a, Page> {
        no()
    }
    fn abilities<'a>(&'a self, _: &'a str) -> Answer<'a, Abilities> {
        no()
    }
}
impl Topics for Absent {
    fn topic<'a>(&'a self, _: AccountId, _: &'a str, _: &'a str) -> Answer<'a, TopicInfo> {
        no()
    }
    fn publish<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: Option<&'a str>,
        _: &'a str,
    ) -> Answer<'a, String> {
        no()
    }
}
