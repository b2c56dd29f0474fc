package lrs

import (
	"cmp"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// verbVoided is the verb of statements that void another one.
const verbVoided = "http://adlnet.gov/expapi/verbs/voided"

// Index gives what a statement is found by and what it says of activities and
// agents: all of state.NewStatement but its body and where it came from.
//
// An agent is found in the statement's actor and object, alone or as a member of
// a group, and as a related one in every other place: authority, instructor,
// team, the agents and groups of the context, and the SubStatement. Activities
// are those of the object, and related ones those of the context and of the
// SubStatement. Only the object refers to another statement; a statement named
// in the context does not count in queries, as the specification says.
func Index(st *xapi.Statement) state.NewStatement {
	x := index{n: state.NewStatement{
		ID:       strings.ToLower(st.ID),
		RefersTo: strings.ToLower(st.Object.StatementRef),
		Terms:    make([]state.Term, 0, usualTerms),
	}}
	x.n.Voids = st.Verb.ID == verbVoided && x.n.RefersTo != ""
	x.actor(state.TermAgent, &st.Actor)
	x.term(state.TermVerb, st.Verb.ID)
	x.object(state.TermAgent, state.TermActivity, &st.Object)
	x.context(st.Context)
	if st.Context != nil {
		x.term(state.TermRegistration, strings.ToLower(st.Context.Registration))
	}
	if sub := st.Object.SubStatement; sub != nil {
		x.actor(state.TermRelatedAgent, &sub.Actor)
		x.object(state.TermRelatedAgent, state.TermRelatedActivity, &sub.Object)
		x.context(sub.Context)
	}
	x.authority(st.Authority)
	x.n.Terms = distinct(x.n.Terms)
	return x.n
}

// usualTerms is how many terms most statements have at most.
const usualTerms = 16

// index collects what Index gives.
type index struct{ n state.NewStatement }

func (x *index) term(kind state.TermKind, text string) {
	if text != "" {
		x.n.Terms = append(x.n.Terms, state.Term{Kind: kind, Text: text})
	}
}

// actor notes an agent, or a group with its members. a may be nil.
func (x *index) actor(kind state.TermKind, a *xapi.Actor) {
	if a == nil {
		return
	}
	id := string(a.IFI())
	x.term(kind, id)
	if id != "" && a.Name != "" {
		x.n.Names = append(x.n.Names, state.AgentName{Agent: id, Name: a.Name})
	}
	for i := range a.Member {
		x.actor(kind, &a.Member[i])
	}
}

func (x *index) object(agent, activity state.TermKind, o *xapi.Object) {
	x.actor(agent, o.Actor)
	if o.Activity != nil {
		x.activity(activity, o.Activity)
	}
}

func (x *index) activity(kind state.TermKind, a *xapi.Activity) {
	x.term(kind, a.ID)
	if a.Definition != nil && len(a.Definition.Raw) > 0 {
		x.n.Definitions = append(x.n.Definitions, state.Definition{Activity: a.ID, JSON: a.Definition.Raw})
	}
}

// context notes what a context relates. c may be nil.
func (x *index) context(c *xapi.Context) {
	if c == nil {
		return
	}
	x.actor(state.TermRelatedAgent, c.Instructor)
	x.actor(state.TermRelatedAgent, c.Team)
	for _, list := range [][]xapi.ContextActor{c.Agents, c.Groups} {
		for i := range list {
			x.actor(state.TermRelatedAgent, &list[i].Actor)
		}
	}
	if all := c.ContextActivities; all != nil {
		for _, list := range [][]xapi.Activity{all.Parent, all.Grouping, all.Category, all.Other} {
			for i := range list {
				x.activity(state.TermRelatedActivity, &list[i])
			}
		}
	}
}

func (x *index) authority(a *xapi.Actor) {
	if a == nil {
		return
	}
	before := len(x.n.Terms)
	x.actor(state.TermRelatedAgent, a)
	for _, t := range x.n.Terms[before:] { // as they are before the first is added
		x.term(state.TermAuthority, t.Text)
	}
}

// writtenBy is the term by which a credential's own statements are found,
// whatever authority they claim. No identifier of an agent looks like it.
func writtenBy(credential string) state.Term {
	return state.Term{Kind: state.TermAuthority, Text: credentialTerm + credential}
}

const credentialTerm = "credential::"

// distinct sorts terms and drops repeated ones.
func distinct(terms []state.Term) []state.Term {
	slices.SortFunc(terms, func(a, b state.Term) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Text, b.Text))
	})
	return slices.Compact(terms)
}
