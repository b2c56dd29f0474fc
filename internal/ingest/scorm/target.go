package scorm

import (
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/xapi"
)

// target is what a commit is about: who did what, in which attempt.
type target struct {
	actor                        xapi.Actor
	activity, title, language    string
	course, registration, launch string
	final                        bool
}

// readTarget reads the query of a commit. The learner may be named by the commit.
func readTarget(query url.Values, c *commit) (*target, error) {
	t := &target{
		activity: query.Get("activity"), title: query.Get("title"), language: query.Get("language"),
		course: query.Get("course"), registration: strings.ToLower(query.Get("registration")), launch: query.Get("session"),
		final: query.Get("final") == "true",
	}
	if t.language == "" {
		t.language = "und"
	}
	var err error
	if t.actor, err = readLearner(query, c); err != nil {
		return nil, err
	}
	if t.registration == "" {
		t.registration = uuid.NewSHA1(namespace, []byte("registration\n"+string(t.actor.IFI())+"\n"+t.activity)).String()
	}
	return t, t.check()
}

// namespace is that of the ids which this package makes.
var namespace = uuid.MustParse("5b0c2f5e-3c56-4a53-9d0a-5f4f3f4c6b1e")

// longest is the greatest length of a parameter in bytes.
const longest = 2000

// check tells what is wrong with the parameters.
func (t *target) check() error {
	for _, p := range []struct {
		name, value string
		required    bool
		check       func(string) error
	}{
		{"activity", t.activity, true, xapi.CheckIRI},
		{"course", t.course, false, xapi.CheckIRI},
		{"registration", t.registration, true, xapi.CheckUUID},
		{"language", t.language, true, xapi.CheckLanguageTag},
		{"title", t.title, false, nil},
		{"session", t.launch, false, nil},
	} {
		switch {
		case p.value == "" && p.required:
			return fault.New(fault.Invalid, "the query parameter %s is missing; add it to lmsCommitUrl", p.name)
		case len(p.value) > longest:
			return fault.New(fault.Invalid, "the query parameter %s has more than %d bytes", p.name, longest)
		case p.value == "" || p.check == nil:
			continue
		}
		if err := p.check(p.value); err != nil {
			return fault.New(fault.Invalid, "the query parameter %s: %w", p.name, err)
		}
	}
	return nil
}

// readLearner gives the learner: by mail address, or by account in a system.
func readLearner(query url.Values, c *commit) (xapi.Actor, error) {
	actor := xapi.Actor{ObjectType: "Agent", Name: query.Get("name")}
	if actor.Name == "" {
		actor.Name = c.learnerName
	}
	if mbox := query.Get("mbox"); mbox != "" {
		actor.Mbox = "mailto:" + strings.TrimPrefix(mbox, "mailto:")
		return validLearner(actor, "mbox")
	}
	account := query.Get("account")
	if account == "" {
		account = c.learner
	}
	home := query.Get("homePage")
	if account == "" || home == "" {
		return actor, fault.New(fault.Invalid, "the commit does not say whose it is; add mbox, or account and homePage, to lmsCommitUrl")
	}
	actor.Account = &xapi.Account{HomePage: home, Name: account}
	return validLearner(actor, "account and homePage")
}

// validLearner checks an actor with the rules for statements.
func validLearner(actor xapi.Actor, from string) (xapi.Actor, error) {
	if len(actor.Name) > longest || len(actor.IFI()) > longest {
		return actor, fault.New(fault.Invalid, "the learner's name or identifier has more than %d bytes", longest)
	}
	valid, err := xapi.ParseActor(xapi.V1, actor.AppendJSON(nil), "$")
	if err != nil {
		return actor, fault.New(fault.Invalid, "the query's %s: %w", from, err)
	}
	return valid, nil
}
