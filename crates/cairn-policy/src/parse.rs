//! From a document to statements.

use crate::Malformed;
use crate::condition::Condition;
use crate::json::Json;
use crate::principal::{self, Who};
use crate::text::{Pattern, Syntax};

/// A policy of a resource.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) denies: bool,
    pub(crate) principals: Listed<Who>,
    pub(crate) actions: Listed<Pattern>,
    pub(crate) resources: Listed<Pattern>,
    pub(crate) conditions: Vec<Condition>,
}

/// The entries of a member or of its `Not` form.
#[derive(Debug, Clone)]
pub(crate) struct Listed<T> {
    pub(crate) negated: bool,
    pub(crate) entries: Vec<T>,
}

/// What becomes of a condition that nobody understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    Refuse,
    /// It is kept, and cannot be evaluated.
    Keep,
}

impl Policy {
    /// Reads a document that somebody wants to set. Its length is for the caller to bound: what an
    /// evaluation costs grows with it.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Self::read(text, Strictness::Refuse, None)
    }

    /// As [`Policy::parse`], of a policy that belongs to one resource: a statement that names none
    /// is about that one.
    pub fn parse_of(resource: &str, text: &str) -> Result<Self, Malformed> {
        Self::read(text, Strictness::Refuse, Some(resource))
    }

    /// Reads a document that is in force elsewhere. Conditions that are not understood there can be
    /// no reason to refuse it: they never allow, and they deny where their statement does.
    pub fn parse_foreign(text: &str) -> Result<Self, Malformed> {
        Self::read(text, Strictness::Keep, None)
    }

    fn read(text: &str, strictness: Strictness, of: Option<&str>) -> Result<Self, Malformed> {
        let document: Json =
            serde_json::from_str(text).map_err(|error| Malformed::Json { line: error.line() })?;
        let Json::Map(members) = document else { return Err(Malformed::NotAnObject("Policy")) };
        let mut statement = None;
        let mut variables = false;
        for (name, value) in &members {
            match (name.as_str(), value) {
                ("Version", Json::Text(version)) => match version.as_str() {
                    "2012-10-17" => variables = true,
                    "2008-10-17" => {}
                    _ => return Err(Malformed::Version(version.clone())),
                },
                ("Version", _) => return Err(Malformed::Type("Version")),
                ("Id", Json::Text(_)) => {}
                ("Id", _) => return Err(Malformed::Type("Id")),
                ("Statement", value) => statement = Some(value),
                _ => return Err(Malformed::Member(name.clone())),
            }
        }
        let list = match statement.ok_or(Malformed::Missing("Statement"))? {
            Json::List(list) if !list.is_empty() => list.as_slice(),
            one @ Json::Map(_) => std::slice::from_ref(one),
            _ => return Err(Malformed::Type("Statement")),
        };
        let statements = list.iter().map(|one| Statement::parse(one, variables, strictness, of));
        Ok(Self { statements: statements.collect::<Result<_, _>>()? })
    }
}

impl Statement {
    fn parse(
        value: &Json,
        variables: bool,
        strictness: Strictness,
        of: Option<&str>,
    ) -> Result<Self, Malformed> {
        let Json::Map(members) = value else { return Err(Malformed::NotAnObject("Statement")) };
        let known = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        if let Some((name, _)) = members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(Malformed::Member(name.clone()));
        }
        let member =
            |name: &str| members.iter().find(|(found, _)| found == name).map(|(_, value)| value);
        if member("Sid").is_some_and(|sid| !matches!(sid, Json::Text(_))) {
            return Err(Malformed::Type("Sid"));
        }
        let denies = match member("Effect").ok_or(Malformed::Missing("Effect"))? {
            Json::Text(effect) if effect == "Allow" => false,
            Json::Text(effect) if effect == "Deny" => true,
            Json::Text(other) => return Err(Malformed::Effect(other.clone())),
            _ => return Err(Malformed::Type("Effect")),
        };
        let principals = either("Principal", "NotPrincipal", member, principal::parse)?;
        let actions = either("Action", "NotAction", member, actions)?;
        let named = either("Resource", "NotResource", member, |name, value| {
            resources(name, value, variables)
        });
        let resources = match (named, of) {
            (Err(Malformed::Missing(_)), Some(one)) => {
                let literal = Syntax { wildcards: false, variables: false };
                Listed { negated: false, entries: vec![Pattern::parse(one, literal)?] }
            }
            (named, _) => named?,
        };
        let conditions = match member("Condition") {
            Some(value) => Condition::parse_all(value, variables, strictness)?,
            None => Vec::new(),
        };
        Ok(Self { denies, principals, actions, resources, conditions })
    }
}

/// The one of two members that must be there.
fn either<'a, T>(
    plain: &'static str,
    negated: &'static str,
    member: impl Fn(&str) -> Option<&'a Json>,
    parse: impl Fn(&'static str, &Json) -> Result<Vec<T>, Malformed>,
) -> Result<Listed<T>, Malformed> {
    let (name, value) = match (member(plain), member(negated)) {
        (Some(value), None) => (plain, value),
        (None, Some(value)) => (negated, value),
        (None, None) => return Err(Malformed::Missing(plain)),
        (Some(_), Some(_)) => return Err(Malformed::Both { one: plain, other: negated }),
    };
    Ok(Listed { negated: name == negated, entries: parse(name, value)? })
}

/// A text or a list of texts, at least one.
pub(crate) fn texts<'a>(member: &'static str, value: &'a Json) -> Result<Vec<&'a str>, Malformed> {
    let list = match value {
        Json::List(list) if !list.is_empty() => list.as_slice(),
        one @ Json::Text(_) => std::slice::from_ref(one),
        _ => return Err(Malformed::Type(member)),
    };
    let text = |value: &'a Json| match value {
        Json::Text(text) => Ok(text.as_str()),
        _ => Err(Malformed::Type(member)),
    };
    list.iter().map(text).collect()
}

fn actions(member: &'static str, value: &Json) -> Result<Vec<Pattern>, Malformed> {
    let syntax = Syntax { wildcards: true, variables: false };
    let pattern = |text: &str| {
        let known = text == "*"
            || text
                .split_once(':')
                .is_some_and(|(service, action)| !service.is_empty() && !action.is_empty());
        if known { Pattern::parse(text, syntax) } else { Err(Malformed::Action(text.to_owned())) }
    };
    texts(member, value)?.into_iter().map(pattern).collect()
}

fn resources(
    member: &'static str,
    value: &Json,
    variables: bool,
) -> Result<Vec<Pattern>, Malformed> {
    let syntax = Syntax { wildcards: true, variables };
    let pattern = |text: &str| {
        let known = text == "*" || text.starts_with("arn:");
        if known { Pattern::parse(text, syntax) } else { Err(Malformed::Resource(text.to_owned())) }
    };
    texts(member, value)?.into_iter().map(pattern).collect()
}

#[cfg(test)]
mod tests;
