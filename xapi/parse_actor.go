package xapi

const (
	agentProperties = "objectType, name, mbox, mbox_sha1sum, openid, account"
	groupProperties = agentProperties + ", member"
)

// actor reads an Agent or a Group, whichever its objectType says.
func (p *parser) actor(c clause) Actor {
	if p.peekMember("objectType") == "Group" {
		return p.group(c)
	}
	return p.agent(c)
}

// agent reads an Agent, reporting a Group.
func (p *parser) agent(c clause) Actor {
	actor := Actor{ObjectType: "Agent"}
	if p.object(c) {
		if n := p.actorMembers(&actor, agentProperties); n != 1 {
			p.report(clauseIFI, "", "an Agent must have exactly one of mbox, mbox_sha1sum, openid, account", itoa(n)+" of them")
		}
	}
	return actor
}

// group reads a Group, reporting an Agent.
func (p *parser) group(c clause) Actor {
	actor := Actor{ObjectType: "Group"}
	if !p.object(c) {
		return actor
	}
	n := p.actorMembers(&actor, groupProperties)
	if n > 1 {
		p.report(clauseIFI, "", "a Group must have at most one of mbox, mbox_sha1sum, openid, account", itoa(n)+" of them")
	}
	if n == 0 && len(actor.Member) == 0 {
		p.missing(clauseGroup, "a Group without mbox, mbox_sha1sum, openid or account must list its members: add member with an Agent, or an identifier")
	}
	return actor
}

// actorMembers reads the members of an Agent or Group and counts the
// identifying ones.
func (p *parser) actorMembers(actor *Actor, known string) (ids int) {
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "objectType":
			p.actorType(actor.ObjectType == "Group")
		case "name":
			actor.Name = p.str(clauseAgent)
		case "mbox":
			actor.Mbox = p.formatted(clauseIFI, mboxFault)
			ids++
		case "mbox_sha1sum":
			actor.MboxSHA1Sum = p.formatted(clauseIFI, sha1Fault)
			ids++
		case "openid":
			actor.OpenID = p.formatted(clauseIFI, iriFault)
			ids++
		case "account":
			actor.Account = p.account()
			ids++
		default:
			p.groupMember(name, actor, known)
		}
	}
	return ids
}

// groupMember reads what only a Group has.
func (p *parser) groupMember(name string, actor *Actor, known string) {
	if name == "member" && actor.ObjectType == "Group" {
		actor.Member = p.agents()
		return
	}
	p.unknown(name, known, clauseFormatting)
}

// actorType reads the objectType of an Agent or Group.
func (p *parser) actorType(group bool) {
	if group {
		p.oneOf(clauseGroup, "Group")
		return
	}
	p.oneOf(clauseActor, "Agent", "Group")
}

// agents reads the members of a Group, which are Agents.
func (p *parser) agents() []Actor {
	agents := []Actor{}
	if !p.array("Agents", clauseGroup) {
		return agents
	}
	for p.element() {
		if p.peekMember("objectType") == "Group" {
			p.report(clauseGroup, ".objectType", "a Group has no Groups as members: list Agents", `"Group"`)
			p.skip()
			agents = append(agents, Actor{})
			continue
		}
		agents = append(agents, p.agent(clauseGroup))
	}
	return agents
}

// account reads an account.
func (p *parser) account() *Account {
	account := &Account{}
	if !p.object(clauseAccount) {
		return account
	}
	var hasHome, hasName bool
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "homePage":
			account.HomePage, hasHome = p.formatted(clauseAccount, iriFault), true
		case "name":
			account.Name, hasName = p.str(clauseAccount), true
		default:
			p.unknown(name, "homePage, name", clauseFormatting)
		}
	}
	if !hasHome {
		p.missing(clauseAccount, "homePage is missing: give the address of the system that the account is on")
	}
	if !hasName {
		p.missing(clauseAccount, "name is missing: give the name or number of the account")
	}
	return account
}
