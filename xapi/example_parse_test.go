package xapi_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/liftmark/liftmark/xapi"
)

func ExampleParse() {
	statement, err := xapi.Parse(xapi.V1, []byte(`{
		"actor": {"mbox": "mailto:ann@example.com"},
		"verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": "completed"}},
		"object": {"id": "https://lms.example.com/courses/onboarding"},
		"result": {"score": {"scaled": 0.92}, "duration": "PT1H12M"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(statement.Actor.IFI(), statement.Verb.Display["en"], statement.Object.Activity.ID)
	fmt.Println(*statement.Result.Score.Scaled)
	// Output:
	// mbox::mailto:ann@example.com completed https://lms.example.com/courses/onboarding
	// 0.92
}

// A refusal says in which statement, where, what and by which section.
func ExampleParseBatch_refused() {
	_, err := xapi.ParseBatch(xapi.V1, []byte(`[{
		"actor": {"mbox": "ann@example.com"},
		"verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
		"object": {"id": "https://lms.example.com/courses/onboarding"},
		"result": {"success": "true"}
	}]`))
	var problems xapi.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			fmt.Printf("statement %d, %s: %s\n", p.Index, p.Path, p.Rule)
			fmt.Println("  got", p.Value, "see", p.Section)
		}
	}
	// Output:
	// statement 0, $.actor.mbox: must be mailto: and one mail address, such as mailto:ann@example.com
	//   got "ann@example.com" see xAPI 1.0.3 Data 2.4.2.3
	// statement 0, $.result.success: must be true or false, without quotes
	//   got "true" see xAPI 1.0.3 Data 2.4.5
}

func ExampleParseActor() {
	agent := `{"objectType": "Group", "member": [{"mbox": "mailto:Ann@Example.com"}, {"openid": "https://ben.example.com/"}]}`
	actor, err := xapi.ParseActor(xapi.V2, []byte(agent), "agent")
	fmt.Println(actor.Identities(), err)
	// Output: [mbox::mailto:Ann@example.com openid::https://ben.example.com/] <nil>
}

func ExampleDuration() {
	d, err := xapi.ParseDuration("P1DT12H36M0.12567S")
	fmt.Println(d.Truncated(), d.Approximate().Round(time.Minute), err)
	_, err = xapi.ParseDuration("P4W1D")
	fmt.Println(err)
	// Output:
	// P1DT12H36M0.12S 36h36m0s <nil>
	// must be an ISO 8601 duration, such as PT4H35M59.14S, or P4W where weeks stand alone; got "P4W1D" (xAPI 1.0.3 Data 4.6)
}

func ExampleParseTimestamp() {
	at, err := xapi.ParseTimestamp(xapi.V2, "2023-05-04T12:00:00.250-05:00")
	fmt.Println(at, err)
	// Output: 2023-05-04 17:00:00.25 +0000 UTC <nil>
}

func ExampleParseVersion() {
	version, err := xapi.ParseVersion("1.0.2")
	fmt.Println(version, err)
	_, err = xapi.ParseVersion("0.95")
	fmt.Println(err)
	// Output:
	// 1.0.3 <nil>
	// the version must be 1.0.x or 2.0.x: send one such as 1.0.3 or 2.0.0; got 0.95 (xAPI 1.0.3 Communication 3.3)
}
