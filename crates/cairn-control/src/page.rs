//! Pages of lists that are read whole: in the order of a name that each element has once.

use cairn_gateway::Call;

use crate::Services;
use crate::lookup::Binding;
use crate::refusal::{Refusal, Why};

/// Elements of one page where the request does not say.
const LIMIT: usize = 1000;

/// What a request says about its page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) limit: Option<i32>,
    pub(crate) token: Option<&'a str>,
    /// What makes the list another one: a token belongs to it.
    pub(crate) filters: &'a [Option<&'a str>],
}

/// The page of a list that is in the order of `name`, and the token of the next one.
pub(crate) fn page<T>(
    services: &Services,
    call: &Call,
    mut list: Vec<T>,
    asked: Asked<'_>,
    name: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let account = call.caller.account.to_string();
    let binding = [&*call.operation, &account, call.region.as_str()];
    let binding = binding.into_iter().map(Some).chain(asked.filters.iter().copied());
    let binding = binding.fold(Binding::default(), Binding::with);
    if let Some(token) = asked.token {
        let after = services.tokens.open_name(token, &binding).ok_or_else(|| {
            let text = "The token is not valid, or belongs to a request with other parameters. \
                        Repeat the request without it.";
            Refusal::new(Why::InvalidNextToken, text)
        })?;
        list.retain(|element| *name(element) > *after);
    }
    let limit = asked.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(LIMIT);
    if list.len() <= limit {
        return Ok((list, None));
    }
    list.truncate(limit);
    let next = list.last().map(|last| services.tokens.seal_name(name(last), &binding));
    Ok((list, next))
}
