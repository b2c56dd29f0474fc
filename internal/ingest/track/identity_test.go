package track_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

func TestAnonymousBecomesKnownForThePast(t *testing.T) {
	b := newBench(t)
	b.ok("/v1/track", `{"anonymousId":"a","event":"Visited","messageId":"1","timestamp":"2026-11-01T00:00:00Z"}`)
	b.ok("/v1/group", `{"userId":"u","groupId":"acme","messageId":"2","timestamp":"2026-11-20T00:00:00Z"}`)
	b.ok("/v1/identify", `{"userId":"u","anonymousId":"a","messageId":"3","timestamp":"2026-11-20T00:00:00Z"}`)
	b.settle()
	known := "SELECT u.feature, i.person_id, m.account_id FROM usage u LEFT JOIN identity i ON i.value = u.person_id LEFT JOIN membership m ON m.person_id = i.person_id"
	b.want(known, []string{"Visited", "u", "acme"})
	b.want("SELECT person_id FROM usage", []string{"anon:a"}) // facts stay as they are

	links, err := b.service.Links(t.Context())
	if err != nil || len(links) != 1 || links[0].Why != "identify" {
		t.Fatalf("links %v, %v", links, err)
	}
	if err := b.service.Unlink(t.Context(), links[0].ID); err != nil {
		t.Fatal(err)
	}
	b.settle()
	b.want(known, []string{"Visited", "", ""})
	b.restart()
	b.ok("/v1/identify", `{"userId":"u","anonymousId":"a","messageId":"4"}`) // repeats what was taken back
	b.settle()
	b.want(known, []string{"Visited", "", ""})
	if _, err := b.service.Link(t.Context(), "u", "anon:a"); err != nil {
		t.Fatal(err)
	}
	b.settle()
	b.want(known, []string{"Visited", "u", "acme"})
}

func TestASharedComputerDoesNotMakeTwoUsersOne(t *testing.T) {
	b := newBench(t)
	b.ok("/v1/identify", `{"userId":"ann","anonymousId":"pc","messageId":"1"}`)
	r := b.send("/v1/identify", `{"userId":"bob","anonymousId":"pc","messageId":"2"}`)
	if r.Status != 200 || len(r.Problems) != 1 || r.Problems[0].Refused || !strings.Contains(r.Problems[0].Rule, "another user") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	b.restart()
	if r := b.send("/v1/identify", `{"userId":"bob","anonymousId":"pc","messageId":"3"}`); len(r.Problems) != 1 {
		t.Errorf("after a restart: %d %s", r.Status, r.Body)
	}
	b.want("SELECT value, other FROM identity_link", []string{"ann", "anon:pc"})
	b.want("SELECT person_id FROM person ORDER BY 1", []string{"ann"}, []string{"bob"})
}

func TestLinksThatCannotBe(t *testing.T) {
	b := newBench(t)
	for _, pair := range [][2]string{{"", "a"}, {"a", ""}, {"a", "a"}, {strings.Repeat("a", 600), "b"}} {
		if _, err := b.service.Link(t.Context(), pair[0], pair[1]); fault.KindOf(err) != fault.Invalid {
			t.Errorf("Link(%.10q, %q): %v", pair[0], pair[1], err)
		}
	}
	if err := b.service.Unlink(t.Context(), "nothing"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Unlink of nothing: %v", err)
	}
}

// naive is identity by its definition: every link that was ever made, in order,
// and who is who found by following those in force one by one.
type naive struct{ links []*naiveLink }

type naiveLink struct {
	user, other string
	alias       bool // other is a user's id, an anonymous one, or both
	withdrawn   bool
}

func (n *naive) find(user, other string, alias bool) *naiveLink {
	for _, l := range n.links {
		if l.user == user && l.other == other && l.alias == alias {
			return l
		}
	}
	return nil
}

// identify links an anonymous id that belongs to nobody yet.
func (n *naive) identify(user, anonymous string) {
	for _, l := range n.links {
		if !l.withdrawn && l.other == anonymous {
			return
		}
	}
	if n.find(user, anonymous, false) == nil {
		n.links = append(n.links, &naiveLink{user: user, other: anonymous})
	}
}

func (n *naive) alias(user, previous string) {
	if n.find(user, previous, true) == nil {
		n.links = append(n.links, &naiveLink{user: user, other: previous, alias: true})
	}
}

func (n *naive) pairs() (list [][2]string) {
	for _, l := range n.links {
		switch {
		case l.withdrawn:
		case l.alias:
			list = append(list, [2]string{l.user, l.other}, [2]string{l.user, "anon:" + l.other})
		default:
			list = append(list, [2]string{l.user, "anon:" + l.other})
		}
	}
	return list
}

// groups writes who is who down, the same for the same groups.
func groups(pairs [][2]string) string {
	group := map[string]int{}
	for i, p := range pairs {
		for _, name := range p {
			if _, ok := group[name]; !ok {
				group[name] = i
			}
		}
	}
	for again := true; again; {
		again = false
		for _, p := range pairs {
			if low := min(group[p[0]], group[p[1]]); group[p[0]] != group[p[1]] {
				group[p[0]], group[p[1]], again = low, low, true
			}
		}
	}
	members := map[int][]string{}
	for name, g := range group {
		members[g] = append(members[g], name)
	}
	var list []string
	for _, m := range members {
		if len(m) > 1 {
			slices.Sort(m)
			list = append(list, strings.Join(m, "="))
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// identityRun drives the service and the model alike.
type identityRun struct {
	*bench
	prefix string // of this run's names: others leave theirs behind
	model  naive
	calls  int
}

func (r *identityRun) call(rt *rapid.T, path, format string, args ...any) {
	r.calls++
	r.mu.Lock()
	r.now = r.now.Add(1e9)
	r.mu.Unlock()
	if got := r.send(path, fmt.Sprintf(`{"messageId":"%sm%d",`+format+`}`, append([]any{r.prefix, r.calls}, args...)...)); got.Status != 200 {
		rt.Fatal(got.Body)
	}
}

func (r *identityRun) unlink(rt *rapid.T) {
	links, err := r.service.Links(r.t.Context())
	if err != nil {
		rt.Fatal(err)
	}
	links = slices.DeleteFunc(links, func(l warehouse.Link) bool { return !strings.HasPrefix(l.Value, r.prefix) })
	if len(links) == 0 {
		return
	}
	l := links[rapid.IntRange(0, len(links)-1).Draw(rt, "link")]
	if err := r.service.Unlink(r.t.Context(), l.ID); err != nil {
		rt.Fatal(err)
	}
	known := r.model.find(l.Value, strings.TrimPrefix(l.Other, "anon:"), l.Why == "alias")
	if known == nil || known.withdrawn {
		rt.Fatalf("%+v is no link that was made", l)
	}
	known.withdrawn = true
}

// TestIdentityFollowsTheLinksInForce lets random calls arrive, be taken back
// and repeated, with restarts in between, and compares who is who with links
// followed one by one.
func TestIdentityFollowsTheLinksInForce(t *testing.T) {
	b := newBench(t)
	checks(t, "8")
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		r := &identityRun{bench: b, prefix: fmt.Sprintf("run%d.", run)}
		ids := []string{r.prefix + "x", r.prefix + "y", r.prefix + "z", r.prefix + "v"} // users and anonymous ids share them, so that aliases meet both
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			user, other := rapid.SampledFrom(ids).Draw(rt, "user"), rapid.SampledFrom(ids).Draw(rt, "other")
			switch rapid.IntRange(0, 6).Draw(rt, "step") {
			case 0, 1, 2:
				r.call(rt, "/v1/identify", `"userId":%q,"anonymousId":%q`, user, other)
				r.model.identify(user, other)
			case 3:
				if user != other {
					r.call(rt, "/v1/alias", `"userId":%q,"previousId":%q`, user, other)
					r.model.alias(user, other)
				}
			case 4:
				r.unlink(rt)
			case 5:
				b.restart()
			case 6:
				r.call(rt, "/v1/group", `"userId":%q,"groupId":%q`, user, other)
			}
		}
		b.settle()
		var got [][2]string
		for _, row := range b.rows("SELECT value, person_id FROM identity WHERE contains(value, ?)", r.prefix) {
			got = append(got, [2]string{row[0], row[1]})
		}
		if g, w := groups(got), groups(r.model.pairs()); g != w {
			rt.Fatalf("who is who:\n got %s\nwant %s", g, w)
		}
	})
}

// checks sets how often a property is tried, unless the command line does.
func checks(t *testing.T, n string) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}
