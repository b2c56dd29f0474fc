package duckdb_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// link writes a link as "value=other"; its id is the same text.
func links(pairs ...[2]string) (list []warehouse.Link) {
	for _, p := range pairs {
		list = append(list, warehouse.Link{ID: p[0] + "=" + p[1], Value: p[0], Other: p[1], At: midday, Why: "identify"})
	}
	return list
}

const whoIsWho = "SELECT value || '=' || person_id FROM identity ORDER BY 1"

func TestLinksResolveValues(t *testing.T) {
	for _, tt := range []struct {
		name   string
		people []warehouse.Row
		links  []warehouse.Link
		want   []string
	}{{
		name:   "a chain to one person",
		people: []warehouse.Row{person(1, "person_id", "p1")},
		links:  links([2]string{"anon1", "anon2"}, [2]string{"anon2", "p1"}),
		want:   []string{"anon1=p1", "anon2=p1", "p1=p1"},
	}, {
		name:   "by the person's e-mail",
		people: []warehouse.Row{person(1, "person_id", "p1", "email", "old@x.com"), person(2, "person_id", "p1", "email", "new@x.com")},
		links:  links([2]string{"anon", "new@x.com"}),
		want:   []string{"anon=p1", "new@x.com=p1", "p1=p1"},
	}, {
		name:   "two people are one, with all that is theirs",
		people: []warehouse.Row{person(1, "person_id", "p2", "email", "b@x.com"), person(2, "person_id", "p1", "email", "a@x.com")},
		links:  links([2]string{"anon", "p2"}, [2]string{"p2", "p1"}),
		want:   []string{"a@x.com=p1", "anon=p1", "b@x.com=p1", "p1=p1", "p2=p1"},
	}, {
		name:  "nobody is known",
		links: links([2]string{"b", "c"}, [2]string{"c", "a"}, [2]string{"y", "x"}),
		want:  []string{"a=a", "b=a", "c=a", "x=x", "y=x"},
	}, {
		name:   "an address that two people claim is nobody's",
		people: []warehouse.Row{person(1, "person_id", "p1", "email", "both@x.com"), person(2, "person_id", "p2", "email", "both@x.com")},
		links:  links([2]string{"anon", "both@x.com"}),
		want:   []string{"anon=anon", "p1=p1", "p2=p2"},
	}, {
		name:   "unless the two are one",
		people: []warehouse.Row{person(1, "person_id", "p1", "email", "both@x.com"), person(2, "person_id", "p2", "email", "both@x.com")},
		links:  links([2]string{"anon", "both@x.com"}, [2]string{"p1", "p2"}),
		want:   []string{"anon=p1", "both@x.com=p1", "p1=p1", "p2=p1"},
	}} {
		t.Run(tt.name, func(t *testing.T) {
			db := open(t, "")
			take(t, db, warehouse.Delta{Rows: tt.people, Links: tt.links})
			expect(t, db, "SELECT value || '=' || person_id FROM identity WHERE NOT starts_with(value, 'sha1:') ORDER BY 1", tt.want...)
		})
	}
}

func TestPeopleAreKnownByTheDigestOfTheirAddress(t *testing.T) {
	db := open(t, "")
	// printf 'mailto:ann@example.com' | sha1sum
	const annDigest = "0a7d8ea2f2ac01afbbf12061eb5324d2c8bb73df"
	const bobDigest = "7560680e2567e081782bce4a5651785d547ad789" // of mailto:bob@example.com
	take(t, db, warehouse.Delta{
		Rows:  []warehouse.Row{person(1, "person_id", "p1", "email", "ann@example.com")},
		Links: links([2]string{"https://lms.example|bob", "bob@example.com"}),
	})
	expect(t, db, "SELECT value || '=' || person_id FROM identity WHERE starts_with(value, 'sha1:') ORDER BY person_id DESC",
		"sha1:"+annDigest+"=p1", "sha1:"+bobDigest+"=bob@example.com")
}

func TestAWithdrawnLinkWasNeverThere(t *testing.T) {
	db := open(t, "")
	take(t, db, warehouse.Delta{
		Rows: []warehouse.Row{
			person(1, "person_id", "p1", "account_id", "a1", "created_at", midday),
			person(2, "person_id", "p2", "account_id", "a2", "created_at", midday.AddDate(0, 1, 0)),
		},
		Links: links([2]string{"anon", "p2"}),
	})
	members := "SELECT person_id || ' ' || account_id || ' ' || valid_from::DATE FROM membership ORDER BY 1"
	apart := []string{"p1 a1 0001-01-01", "p2 a2 0001-01-01"}
	expect(t, db, members, apart...)

	take(t, db, warehouse.Delta{Links: links([2]string{"p2", "p1"})})
	expect(t, db, whoIsWho, "anon=p1", "p1=p1", "p2=p1")
	expect(t, db, members, "p1 a1 0001-01-01", "p1 a2 2026-07-15") // one person who moved

	if err := db.Unlink(t.Context(), "p2=p1"); err != nil {
		t.Fatal(err)
	}
	expect(t, db, whoIsWho, "anon=p2", "p1=p1", "p2=p2")
	expect(t, db, members, apart...)
	take(t, db, warehouse.Delta{Links: links([2]string{"p2", "p1"})})
	expect(t, db, whoIsWho, "anon=p2", "p1=p1", "p2=p2")
	list, err := db.Links(t.Context())
	if diff := cmp.Diff(links([2]string{"anon", "p2"}), list); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if err := db.Unlink(t.Context(), "p2=p1"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("withdrawing it twice gives %v, want not found", err)
	}
}

// TestPeopleOfTwoAccountsBecomeOne links people of whom nobody said since when
// they belong to their accounts: the last word counts.
func TestPeopleOfTwoAccountsBecomeOne(t *testing.T) {
	db := open(t, "")
	take(t, db, warehouse.Delta{
		Rows: []warehouse.Row{
			person(1, "person_id", "p1", "account_id", "a1"), person(2, "person_id", "p2", "account_id", "a2"),
			person(3, "person_id", "p3", "account_id", "a3", "created_at", midday),
		},
		Links: links([2]string{"p1", "p2"}, [2]string{"p2", "p3"}),
	})
	expect(t, db, "SELECT person_id || ' ' || account_id || ' ' || valid_from::DATE || ' ' || valid_to::DATE FROM membership ORDER BY valid_from",
		"p1 a2 0001-01-01 "+midday.Format("2006-01-02"), "p1 a3 "+midday.Format("2006-01-02")+" 9999-12-31")
}

// TestDigestOfADisputedAddressIsNobodys has a link name an address that two
// people claim: neither it nor its digest stands for anybody, and when one of
// the two gives it up both stand for the other, once.
func TestDigestOfADisputedAddressIsNobodys(t *testing.T) {
	db := open(t, "")
	const digest = "sha1:0a7d8ea2f2ac01afbbf12061eb5324d2c8bb73df" // of mailto:ann@example.com
	query := "SELECT value || '=' || person_id FROM identity WHERE value IN ('ann@example.com', '" + digest + "') ORDER BY 1 DESC"
	take(t, db, warehouse.Delta{
		Rows:  []warehouse.Row{person(1, "person_id", "p1", "email", "ann@example.com"), person(2, "person_id", "p2", "email", "ann@example.com")},
		Links: links([2]string{"home|ann", "ann@example.com"}),
	})
	expect(t, db, query)
	take(t, db, warehouse.Delta{Removed: []warehouse.Key{{Fact: "person", ID: "p2"}}})
	expect(t, db, query, digest+"=p1", "ann@example.com=p1")
}
