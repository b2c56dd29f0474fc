package xapi_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/xapi"
)

func TestVersionsAreRead(t *testing.T) {
	for header, want := range map[string]xapi.Version{
		"1.0": xapi.V1, "1.0.0": xapi.V1, "1.0.2": xapi.V1, "1.0.3": xapi.V1, "1.0.32": xapi.V1, "2.0": xapi.V2, "2.0.0": xapi.V2, "2.0.1": xapi.V2,
	} {
		if got, err := xapi.ParseVersion(header); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", header, got, err, want)
		}
	}
	for _, header := range []string{"", "1", "1.", "1.0.", "1.1.0", "0.95", "3.0.0", "2.1", "1.0.x", "1.0.3 ", "10.0", "1.0.3.4", "V1"} {
		_, err := xapi.ParseVersion(header)
		var problem *xapi.Problem
		if !errors.As(err, &problem) || problem.Index != -1 || problem.Section == "" {
			t.Errorf("%q gives %v, want a Problem", header, err)
		}
	}
	if xapi.V1.String() != "1.0.3" || xapi.V2.String() != "2.0.0" {
		t.Error("the latest releases are 1.0.3 and 2.0.0")
	}
}

// TestDurationsHaveALength takes the examples of xAPI 1.0.3 Data 4.6, and
// others whose length follows from their units.
func TestDurationsHaveALength(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"PT4H35M59.14S":                       4*time.Hour + 35*time.Minute + 59*time.Second + 140*time.Millisecond,
		"PT16559.14S":                         4*time.Hour + 35*time.Minute + 59*time.Second + 140*time.Millisecond,
		"P4W":                                 28 * day,
		"P1.5W":                               10*day + 12*time.Hour,
		"P1DT12H":                             36 * time.Hour,
		"P1Y":                                 365*day + 6*time.Hour,
		"P12M":                                365*day + 6*time.Hour,
		"PT1M":                                time.Minute,
		"PT0,5H":                              30 * time.Minute,
		"PT0S":                                0,
		"PT00090S":                            90 * time.Second,
		"PT0.000000001S":                      1,
		"P300Y":                               math.MaxInt64,
		"P9999999999999999999W":               math.MaxInt64,
		"PT" + strings.Repeat("9", 400) + "S": math.MaxInt64,
	} {
		d, err := xapi.ParseDuration(text)
		if err != nil || d.Approximate() != want || d.String() != text {
			t.Errorf("%s is %v, %v; want %v", text, d.Approximate(), err, want)
		}
	}
}

// TestDurationsAreCutNotRounded: Data 4.6 allows hundredths of a second only to
// be kept by truncation.
func TestDurationsAreCutNotRounded(t *testing.T) {
	for text, want := range map[string]string{
		"P1DT12H36M0.12567S": "P1DT12H36M0.12S", "PT1.999S": "PT1.99S", "PT1.99S": "PT1.99S", "PT1.9S": "PT1.9S",
		"PT1,999S": "PT1,99S", "PT1S": "PT1S", "PT1.999M": "PT1.999M", "P4W": "P4W", "PT0.001S": "PT0.00S", "P0.12345Y": "P0.12345Y",
	} {
		d, err := xapi.ParseDuration(text)
		if err != nil || d.Truncated() != want {
			t.Errorf("%s is cut to %s, %v; want %s", text, d.Truncated(), err, want)
		}
	}
}

func TestTimestampsAreInstants(t *testing.T) {
	utc := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return at.UTC()
	}
	for _, tt := range []struct {
		version    xapi.Version
		text, want string
	}{
		{xapi.V2, "2023-05-04T12:00:00-05:00", "2023-05-04T17:00:00Z"},
		{xapi.V2, "2024-02-29T23:30:00.123456789123+00:45", "2024-02-29T22:45:00.123456789Z"},
		{xapi.V2, "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
		{xapi.V2, "2017-01-01T05:29:60.5+05:30", "2017-01-01T00:00:00.5Z"},
		{xapi.V2, "0000-01-01t00:00:00z", "0000-01-01T00:00:00Z"},
		{xapi.V1, "2015-11-18T12:17:00", "2015-11-18T12:17:00Z"},
		{xapi.V1, "2015-11-18T12:17", "2015-11-18T12:17:00Z"},
		{xapi.V1, "2015-11-18T12:17:00,25-05", "2015-11-18T17:17:00.25Z"},
		{xapi.V1, "2015-11-18T12:17:00+0530", "2015-11-18T06:47:00Z"},
		{xapi.V1, "20151118T121700.5Z", "2015-11-18T12:17:00.5Z"},
		{xapi.V1, "20151118T1217+01", "2015-11-18T11:17:00Z"},
	} {
		got, err := xapi.ParseTimestamp(tt.version, tt.text)
		if err != nil || !got.Equal(utc(tt.want)) || got.Location() != time.UTC {
			t.Errorf("%v: %s is %v, %v; want %s", tt.version, tt.text, got, err, tt.want)
		}
	}
	_, err := xapi.ParseTimestamp(xapi.V2, "soon")
	if want := `must be an RFC 3339 timestamp with zone, such as 2015-11-18T12:17:00.123Z; got "soon" (IEEE 9274.1.1 4.2.7)`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestTextsAreChecked(t *testing.T) {
	for _, tt := range []struct {
		name        string
		check       func(string) error
		right       []string
		wrong       []string
		wantSection string
	}{
		{"IRI, RFC 3987", xapi.CheckIRI,
			[]string{"http://example.com/", "urn:a", "a+b-c.d1:x", "http://例え.jp/ü?q=é#x", "http://a/%C3%A9", "http://[::1]:80/", "mailto:a@b.c", "x:"},
			[]string{"", "a", "/a", ":a", "1a:b", "é:b", "a b:c", "http://a b", "http://a/<b>", "http://a/%", "http://a/%2", "http://a/%2g", "a:\u0080", "a:\ufdd0", "a:\U0001ffff", "a:\xff", "a:\n"},
			"xAPI 1.0.3 Data 4.3"},
		{"UUID, RFC 4122", xapi.CheckUUID,
			[]string{"6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "6690E6C9-3EF0-4ED3-8B37-7F3964730BEE"},
			[]string{"", "6690e6c93ef04ed38b377f3964730bee", "6690e6c9-3ef0-4ed3-8b37-7f3964730be", "6690e6c9-3ef0-4ed3-8b37-7f3964730bee0", "6690e6c9-3ef0-4ed3-8b37+7f3964730bee", "g690e6c9-3ef0-4ed3-8b37-7f3964730bee"},
			"xAPI 1.0.3 Data 4.4"},
		// The right ones are the examples of RFC 5646, appendix A.
		{"language tag, RFC 5646", xapi.CheckLanguageTag,
			[]string{"de", "fr", "ja", "i-enochian", "zh-Hant", "zh-Hans", "sr-Cyrl", "zh-cmn-Hans-CN", "cmn-Hans-CN", "zh-yue-HK", "yue-HK", "zh-Hans-CN",
				"sr-Latn-RS", "sl-rozaj", "sl-rozaj-biske", "sl-nedis", "de-CH-1901", "sl-IT-nedis", "hy-Latn-IT-arevela", "de-DE", "en-US", "es-419",
				"de-CH-x-phonebk", "az-Arab-x-AZE-derbend", "x-whatever", "qaa-Qaaa-QM-x-southern", "de-Qaaa", "sr-Latn-QM", "sr-Qaaa-RS",
				"en-US-u-islamcal", "zh-CN-a-myext-x-private", "en-a-myext-b-another", "EN-us", "sgn-BE-FR", "art-lojban", "zh-min-nan"},
			[]string{"", "a", "de-419-DE", "a-DE", "de-", "-de", "de--DE", "en_US", "en US", "deutsch-de-abcdefghi", "abcdefghi", "en-u", "en-x", "x", "x-", "x-abcdefghi", "i-ami i-bnn", "i-none", "en-US-u-a", "é", "e1", "en-abc-def-ghi-jkl"},
			"xAPI 1.0.3 Data 4.2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, text := range tt.right {
				if err := tt.check(text); err != nil {
					t.Errorf("%q is refused: %v", text, err)
				}
			}
			for _, text := range tt.wrong {
				var problem *xapi.Problem
				if !errors.As(tt.check(text), &problem) || problem.Section != tt.wantSection || problem.Rule == "" || problem.Index != -1 {
					t.Errorf("%q gives %v, want a Problem of %s", text, tt.check(text), tt.wantSection)
				}
			}
		})
	}
}

func TestIdentifiersAreCanonical(t *testing.T) {
	for _, tt := range []struct {
		name  string
		actor xapi.Actor
		want  xapi.IFI
	}{
		{"mail address, its domain insensitive to case", xapi.Actor{Mbox: "mailto:Ann.B@Example.COM"}, "mbox::mailto:Ann.B@example.com"},
		{"hash, insensitive to case", xapi.Actor{MboxSHA1Sum: "EBD31E95054C018B10727CCFFD2EF2EC3A016EE9"}, "mbox_sha1sum::ebd31e95054c018b10727ccffd2ef2ec3a016ee9"},
		{"OpenID", xapi.Actor{OpenID: "https://Ann.example.com/"}, "openid::https://Ann.example.com/"},
		{"account", xapi.Actor{Account: &xapi.Account{HomePage: "https://lms.example.com", Name: "a|b::c"}}, "account::https://lms.example.com|a|b::c"},
		{"anonymous Group", xapi.Actor{ObjectType: "Group", Member: []xapi.Actor{{Mbox: "mailto:a@b.c"}}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.actor.IFI()
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			back, ok := got.Actor()
			if ok != (tt.want != "") || ok && back.IFI() != got {
				t.Errorf("%s reads back as %v, %v", got, back, ok)
			}
		})
	}
	for _, text := range []xapi.IFI{"", "mbox", "mbox::", "phone::1", "account::https://lms.example.com"} {
		if _, ok := text.Actor(); ok {
			t.Errorf("%q is taken for an identifier", text)
		}
	}
}

func TestIdentitiesAreOwnAndMembers(t *testing.T) {
	a, b := xapi.Actor{Mbox: "mailto:a@example.com"}, xapi.Actor{Mbox: "mailto:b@example.com"}
	upper := xapi.Actor{Mbox: "mailto:a@EXAMPLE.com"}
	group := xapi.Actor{ObjectType: "Group", OpenID: "http://example.com/", Member: []xapi.Actor{b, a, upper}}
	got := group.Identities()
	if len(got) != 3 || got[0] != "openid::http://example.com/" || got[1] != b.IFI() || got[2] != a.IFI() {
		t.Errorf("got %v", got)
	}
	if got := (&xapi.Actor{ObjectType: "Group"}).Identities(); len(got) != 0 {
		t.Errorf("an empty Group has %v", got)
	}
}
