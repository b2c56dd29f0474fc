// Package xapi holds the Experience API: the types of statements and documents,
// strict parsing and validation, comparison, output formats, attachments and
// signatures, for xAPI 1.0.3 and 2.0 (IEEE 9274.1.1). It knows no storage, no
// HTTP server and no clock.
//
// A statement is parsed with the rules of one version; every refusal is a
// [Problem] that names the statement's index, the JSON path, the rule and the
// section of the specification that states it. What was parsed keeps the JSON
// that it was parsed from, so that a store can give back what it was given.
package xapi

import "github.com/go-json-experiment/json/jsontext"

// Version is a major version of the specification: its rules, not one release.
type Version uint8

// The versions. V1 stands for 1.0.x, of which 1.0.3 is the latest release, V2
// for 2.0.x, of which 2.0.0 is.
const (
	V1 Version = 1
	V2 Version = 2
)

// String gives the latest release of the version: "1.0.3" or "2.0.0".
func (v Version) String() string {
	if v == V2 {
		return "2.0.0"
	}
	return "1.0.3"
}

// Statement says that somebody did something: actor, verb, object. Texts are as
// they were sent; empty stands for absent. Raw is the JSON object that it was
// parsed from.
type Statement struct {
	ID          string
	Actor       Actor
	Verb        Verb
	Object      Object
	Result      *Result
	Context     *Context
	Timestamp   string // RFC 3339
	Stored      string // RFC 3339
	Authority   *Actor
	Version     string
	Attachments []Attachment

	Raw jsontext.Value
}

// Actor is an Agent or a Group. ObjectType is "Agent" or "Group", also where
// the JSON leaves "Agent" out.
type Actor struct {
	ObjectType  string
	Name        string
	Mbox        string // with mailto:
	MboxSHA1Sum string
	OpenID      string
	Account     *Account
	Member      []Actor // of a Group
}

// Account is a user account in an existing system.
type Account struct {
	HomePage string
	Name     string
}

// Verb is what was done.
type Verb struct {
	ID      string
	Display LanguageMap
}

// LanguageMap holds a text in several languages, by RFC 5646 tag.
type LanguageMap map[string]string

// Extensions hold values of any kind, verbatim, by IRI.
type Extensions map[string]jsontext.Value

// Object is what a statement is about. Exactly one of its members is set.
type Object struct {
	Activity     *Activity
	Actor        *Actor
	StatementRef string // id of another statement
	SubStatement *SubStatement
}

// SubStatement is a statement within a statement, such as an intention. It has
// no id, stored, version or authority, and is about no other SubStatement.
type SubStatement struct {
	Actor       Actor
	Verb        Verb
	Object      Object
	Result      *Result
	Context     *Context
	Timestamp   string
	Attachments []Attachment
}

// Activity is something to interact with: a course, a lesson, a question.
type Activity struct {
	ID         string
	Definition *ActivityDefinition
}

// ActivityDefinition describes an activity.
type ActivityDefinition struct {
	Name        LanguageMap
	Description LanguageMap
	Type        string
	MoreInfo    string
	Extensions  Extensions

	InteractionType         string
	CorrectResponsesPattern []string
	Choices                 []InteractionComponent
	Scale                   []InteractionComponent
	Source                  []InteractionComponent
	Target                  []InteractionComponent
	Steps                   []InteractionComponent

	Raw jsontext.Value
}

// InteractionComponent is one choice, step or pair of an interaction.
type InteractionComponent struct {
	ID          string
	Description LanguageMap
}

// Result is a measured outcome. Absent values are nil or empty.
type Result struct {
	Score      *Score
	Success    *bool
	Completion *bool
	Response   string
	Duration   string // ISO 8601
	Extensions Extensions
}

// Score is a graded result. Scaled is in -1 to 1.
type Score struct {
	Scaled, Raw, Min, Max *float64
}

// Context adds where, with whom and in which course.
type Context struct {
	Registration      string
	Instructor        *Actor
	Team              *Actor
	ContextActivities *ContextActivities
	Revision          string
	Platform          string
	Language          string
	Statement         string // id of a referenced statement
	Extensions        Extensions
	Agents            []ContextActor // of version 2.0
	Groups            []ContextActor // of version 2.0
}

// ContextActor relates an Agent or a Group to a statement (version 2.0).
type ContextActor struct {
	Actor         Actor
	RelevantTypes []string
}

// ContextActivities relate activities to a statement. A single one in the JSON
// is a list of one here; Alone says that there was such a one.
type ContextActivities struct {
	Parent, Grouping, Category, Other []Activity
	Alone                             bool
}

// Attachment describes a file that belongs to a statement. Data travel beside
// it and are found by SHA2.
type Attachment struct {
	UsageType   string
	Display     LanguageMap
	Description LanguageMap
	ContentType string
	Length      int64
	SHA2        string
	FileURL     string
}
