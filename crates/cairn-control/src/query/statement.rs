//! What StartQuery runs: a statement, or one that has a name, with the parameters put in.

use cairn_api::shapes::StartQueryRequest;
use cairn_gateway::Call;
use cairn_store::{StoreError, query_alias};

use crate::Services;
use crate::dashboard::statement_of;
use crate::refusal::{Refusal, Why};

/// Characters of a statement.
const LENGTH: usize = 10_000;
/// What stands for the event data store in generated statements and in samples.
pub(crate) const PLACEHOLDER: &str = "$EDS_ID";

/// What is to run.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) statement: String,
    pub(super) alias: Option<String>,
    pub(super) prompt: Option<String>,
}

impl Asked {
    pub(super) async fn of(
        services: &Services,
        call: &Call,
        input: &StartQueryRequest,
    ) -> Result<Self, Refusal> {
        let parameters = input.query_parameters.as_deref().unwrap_or_default();
        let (template, alias, prompt) = match (&input.query_statement, &input.query_alias) {
            (Some(statement), None) => (statement.clone(), None, None),
            (None, Some(alias)) => {
                let (template, prompt) = named(services, call, alias).await?;
                (template, Some(alias.clone()), prompt)
            }
            (Some(_), Some(_)) => {
                return Err(invalid("You can specify either QueryStatement or QueryAlias."));
            }
            (None, None) => {
                return Err(invalid("You must specify either QueryStatement or QueryAlias."));
            }
        };
        // A statement that is complete may have question marks of its own.
        let statement = match (&alias, parameters) {
            (None, []) => template,
            _ => fill(&template, parameters)?,
        };
        let length = statement.chars().count();
        if length > LENGTH {
            let text = format!(
                "The query statement is too long. Maximum allowed length: {LENGTH} characters. \
                 Specified length: {length} characters."
            );
            return Err(Refusal::new(Why::InvalidQueryStatement, text));
        }
        Ok(Self { statement, alias, prompt })
    }
}

/// The statement of an alias, and the question that it was made from.
async fn named(
    services: &Services,
    call: &Call,
    alias: &str,
) -> Result<(String, Option<String>), Refusal> {
    let found = query_alias::get(&services.store, call.caller.account, &call.region, alias).await;
    match found {
        Ok(found) => {
            let statement = match &found.store {
                Some(store) => found.statement.replace(PLACEHOLDER, store),
                None => found.statement,
            };
            Ok((statement, found.prompt))
        }
        Err(StoreError::NotFound { .. }) => {
            if let Some(statement) = statement_of(alias) {
                return Ok((statement, None));
            }
            let text = format!("The query alias {alias} does not exist.");
            Err(Refusal::new(Why::InvalidParameter, text))
        }
        Err(other) => Err(other.into()),
    }
}

/// Puts each parameter in the place of one question mark, in order. It is text that replaces text:
/// where the statement wants quotes, it has them.
pub(crate) fn fill(template: &str, parameters: &[String]) -> Result<String, Refusal> {
    let places = template.matches('?').count();
    if places != parameters.len() {
        let text = format!(
            "The query has {places} parameters, and {} values were specified.",
            parameters.len()
        );
        return Err(invalid(text));
    }
    let mut pieces = template.split('?');
    let mut statement = pieces.next().unwrap_or_default().to_owned();
    for (piece, parameter) in pieces.zip(parameters) {
        statement.push_str(parameter);
        statement.push_str(piece);
    }
    Ok(statement)
}

fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::new(Why::InvalidParameter, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_take_the_places_of_question_marks_in_order() {
        let given = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let template = "SELECT * FROM ? WHERE eventTime > '?'";
        let filled = fill(template, &given(&["x?y", "2026"])).unwrap();
        assert_eq!(filled, "SELECT * FROM x?y WHERE eventTime > '2026'");
        assert_eq!(fill("?", &given(&["a"])).unwrap(), "a");
        assert_eq!(fill("SELECT 1", &[]).unwrap(), "SELECT 1");
        for list in [&[][..], &["a"], &["a", "b", "c"]] {
            assert_eq!(fill(template, &given(list)).unwrap_err().why, Why::InvalidParameter);
        }
    }
}
