## Around every page

skip-nav = Quick access
skip-to-content = Skip to content
skip-to-help = Skip to help
home-link = Home – { $name }
language-nav = Language
footer-help = Need help?
footer-telephone = Call the help desk (guichet unique) on
footer-letter = Call the manager whose contact details are at the top left of your convocation letter.
reference = Reference to give to support:
going-to = On your way to:
all-required = Unless stated otherwise, all fields are required.
back-to-situations = Change situation
back-to-sign-in = Back to sign-in
or-telephone = You can also call the help desk (guichet unique) on

## What is your situation?

situations-title = What is your situation?
situations-intro = Choose the one that fits you: it leads to the right place to sign in.
situation-remembered = Your previous choice

## Identifier and password

password-title = Sign in to { $application }
password-legend = Your sign-in details
username-label = Identifier
username-hint = At the top left of your convocation letter. Examples: mdurand, mdurand2, or a number.
username-missing = Enter your identifier.
password-label = Password
password-missing = Enter your password.
password-too-long-field = Enter your password again.
password-show = Show
password-show-what = password
password-forgotten = Forgotten password?
login-submit = Sign in

password-empty = Error: something is missing
password-empty-text = Enter your identifier and your password, then submit again.
password-refused = Error: you could not be signed in
password-refused-text = This identifier and this password do not let you sign in. Check them, then try again.
password-temporary-expired = Error: this temporary password is no longer valid
password-temporary-expired-text = It was valid for a limited time, which is over. Contact the manager named at the top left of your letter, who will give you a new one.
password-busy = Error: many people are signing in right now
password-busy-text = Your password was not checked. Wait { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
  }, then enter it again.
password-busy-minutes-text = Your password was not checked. Wait { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
  }, then enter it again.
password-wait = Error: too many attempts in a short time
password-wait-text = For security, your password was not checked this time, even if it was right. Wait { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
  }, then enter it again.
password-wait-minutes-text = For security, your password was not checked this time, even if it was right. Wait { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
  }, then enter it again.
password-wait-hours-text = For security, your password was not checked this time, even if it was right. Wait { $hours ->
    [one] one hour
   *[other] { $hours } hours
  }, then enter it again.
password-wait-meanwhile = Not sure of your password? Do not wait:
password-wait-forgotten = You will choose another one, with the help of a message sent to your mail address.
password-wait-manager = If we have no mail address of yours, call the manager named at the top left of your letter, who will help you sign in.
password-too-long = Error: this password is too long
password-too-long-text = No password here has so many characters: another text may have been pasted into the field.
password-letter-slip = Error: one character of the password seems wrong
password-letter-slip-text = It has the shape of a password printed on a letter, but at least one character is not the right one. Read it on the letter again: the letters O, I and L and the digits 0 and 1 are never printed there. This attempt is not counted.
password-letter-slip-field = Enter the letter’s password again.

mistakes-title = The three most common mistakes:
mistake-staff = You are on the academy’s staff: sign in through ARENA, with the identifier and password of your academic mailbox.
mistake-centrale = Your letter says “EDITE PAR IMAGIN CENTRALE”: sign in on the ministry’s site.
mistake-temporary = The password printed on the letter works only once: after that, enter the one you chose.

upstream-hint-title = You sign in through { $provider }
upstream-hint-text = You entered the identifier of a member of the academy’s staff (academic mailbox or NUMEN). Use { $provider }, with the identifier and password of your academic mailbox.
upstream-hint-unread = No password was checked here. If this is not your case, correct the identifier below; if it is printed like this on your letter, enter your password again.
upstream-hint-button = Continue with { $provider }

letter-help-title = Where to find them
letter-help-identifier = The identifier
letter-help-identifier-text = It is printed at the top left of your convocation letter. It is a number, or the initial of your first name followed by your surname, sometimes with a digit at the end.
letter-help-first = The password printed on the letter
letter-help-first-text = It is only for the first time. You then choose another one at once, your own.
letter-help-none = No password on the letter?
letter-help-none-text = You already have a password of your own, chosen at an earlier sign-in: use that one.
other-doors-title = Another situation?

letter-heading = Convocation
letter-identifier = Identifier
letter-password = Password
letter-manager = Your manager

## The personal password

new-password-title = Choose your own password
new-password-intro = The temporary password that you have just used works only once. Now choose your own: it is the one you will be asked for from now on.
new-password-account = Your identifier:
new-password-label = New password
new-password-rule = Your password must have:
new-password-rule-short = at least { $length } characters, of three of these four kinds: lower case, upper case, digits, other signs;
new-password-rule-long = or { $length } characters and more, of any kind.
new-password-rule-four-kinds = at least { $length } characters, with lower case, upper case, digits and other signs;
new-password-rule-three-kinds = or { $length } characters, of three of these four kinds;
new-password-rule-words = or seven different words.
new-password-submit = Save and continue
new-password-accepted = Your new password is fine. It will be saved as soon as the address below has been checked.
new-password-rejected = Error: this password cannot be used
new-password-and-email-rejected = Error: check the password and the address
new-password-empty = Enter the password that you have chosen.
new-password-too-short = It is too short. It needs at least { $length } characters.
new-password-too-long = It is too long. Choose a shorter one, of 20 to 60 characters for instance.
new-password-looks-temporary = It looks like a password printed on a letter. Choose one of another shape, a longer one for instance, known to you alone.
new-password-contains-identifier = It contains your identifier. Choose another one.
new-password-too-simple = It would be too easy to guess. Mix several kinds of characters, or write several words in a row.
new-password-leaked = It is in the lists of stolen passwords that every attacker tries. If you use it elsewhere, change it there too. Choose another one here.
new-password-common-word = It rests on a word or first name that is too common. Add several unrelated words.
new-password-personal-word = It rests on a word that anyone who knows you can guess: your name, your address, or the name of this service. Choose words that have nothing to do with you.
new-password-keyboard-row = It rests on neighbouring keys of the keyboard. Choose several unrelated words instead.
new-password-sequence = It rests on a sequence such as “abcd” or “1234”. Choose several unrelated words instead.
new-password-repetition = It repeats the same characters. Choose several unrelated words instead.
new-password-date = It rests on a date or a year. Choose several unrelated words instead.
new-password-same-as-current = It is your present password already. Choose another one.
new-password-used-before = You have used this password before. Choose one that you have never had here.
new-password-advice-title = Choosing well
new-password-advice-words = Four or five unrelated words make a good password that is easy to remember.
new-password-advice-elsewhere = Do not reuse a password that you already have elsewhere.
new-password-advice-keep = Your telephone or browser offers to remember it? On a device of your own, accept. Otherwise write it down and keep it in a safe place.

## The mail address

email-label = Email address
email-optional = (optional)
email-hint = Expected format: name@example.org
email-purpose = It lets you choose a new password if you forget yours. We will send an email there, with a link to confirm it.
email-rejected = Error: check this address
email-missing = Enter your email address.
email-malformed = This email address is incomplete or has a sign too many. Example: name@example.org
email-unlikely = Did you mean { $suggestion }? If the address that you entered is right, send it again.
email-too-many-title = Error: too many emails in a short time
email-too-many = Several emails were sent already to confirm an address: nothing more was saved. Follow the link in the latest one, or choose “Later”: you will be asked for the address again at your next sign-in.
email-proposed = Your manager noted the address { $address }. Is it really yours?
email-use-suggestion = Use { $suggestion }
mail-address-title = Your email address
mail-address-intro = We do not know an email address of yours yet. Without one, if you forget your password, you have to call your manager.
mail-address-submit = Save and continue
mail-address-later = Later
confirm-address-title = Confirm your email address
confirm-address-text = Is this address really yours?
confirm-address-submit = Yes, confirm this address
confirm-address-unasked = You asked for nothing? Close this page: the address will not be used.
address-confirmed-title = Your address is confirmed
address-confirmed-text = If you forget your password, an email will be sent there to choose a new one.
address-confirmed-step = You can close this page, or sign in.
go-to-sign-in = Sign in

## Forgotten password

forgotten-title = Forgotten password
forgotten-intro = Enter your identifier: we tell you how to get a new password.
forgotten-missing = Error: your identifier is missing
forgotten-submit = Continue
forgotten-wait = Error: too many requests in a short time
forgotten-wait-text = Wait { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
  } before the next one.
forgotten-wait-meanwhile = Was an email sent to you already? Look among unwanted mail too: the link in the latest one is still valid. Otherwise call the manager whose contact is at the top left of your letter.
letter-help-identifier-where = Where is your identifier?
forgotten-upstream-text = You entered the identifier of a member of the academy’s staff (academic mailbox or NUMEN). Its password is recovered with { $provider }, not here.
forgotten-upstream-otherwise = If this is not your case, correct the identifier below; if it is printed like this on your letter, send it again.
forgotten-mailed-title = An email has just been sent
forgotten-mailed-text = It holds a link to choose a new password. The link is valid for { $life } from the moment it is sent, and works once.
forgotten-mailed-lately-title = An email has already been sent to you
forgotten-mailed-lately-text = It left less than five minutes ago, and its link to choose a new password is still valid. Another email can be asked for in five minutes.
forgotten-call-title = Call your manager
forgotten-call-text = We cannot send you an email with this identifier. Your manager can restore your access by telephone. Keep this page open during the call.
forgotten-either-title = Two ways to get a new password
forgotten-either-text = If a confirmed email address is known for this identifier, an email is sent there. It holds a link to choose a new password, valid for { $life } from the moment it is sent.
forgotten-mail-open = Open the email on any device, then follow the link.
forgotten-mail-spam = It does not come? Wait a few minutes, then look in your spam folder.
forgotten-mail-lost = You can no longer read this mailbox? Call the manager whose contact is at the top left of your letter.
forgotten-no-mail = No email comes?
forgotten-no-mail-came = No email came?
forgotten-letter = Take your letter and call
forgotten-letter-text = The name and telephone number of your manager are at the top left. They first check who you are.
forgotten-case = Give this case number
forgotten-case-text = It lets them find your request. It is valid until this date: { $until }.
telephone-codes = Check that you are speaking to the right person
telephone-caller-code = When they ask for it, read them this code, digit by digit:
telephone-manager-code = They must answer with this one:
telephone-codes-differ = They say something else? Hang up, and call the number printed on your letter again.
telephone-stay = Type the code that they tell you
telephone-stay-text = They then tell you another code, of nine digits. This page asks you for it by itself.
telephone-continue = The manager has a code for me: continue
telephone-case-again = Your case number:
telephone-desk-browser = This browser is used for the managers’ desk: no access can be restored in it. Make your request from your own telephone or computer.
telephone-password-intro = The code was right. Now choose your password: it is the one you will be asked for from now on. The sessions opened with the old one will be closed.
spoken-code-title = Type the code that the manager tells you
spoken-code-text = You will choose your new password at once.
spoken-code-label = Spoken code
spoken-code-hint = Nine digits, for example 123 456 789; spaces do not count
spoken-code-until = Valid until: { $at }.
spoken-code-submit = Continue
spoken-code-slip-title = Error: there is a typing mistake
spoken-code-slip = This cannot be the right code: a digit is missing, or two are swapped. Ask the manager to say it again. This try does not count.
spoken-code-wrong-title = Error: this is not the right code
spoken-code-wrong = Ask the manager to say it again. You have { $left ->
    [one] one try
   *[other] { $left } tries
} left.
spoken-code-over-title = Error: this code can no longer be used
spoken-code-over = It was replaced, it is too old, or too many different codes were typed. Stay on the line: the manager can tell you another one.
desk-browser-title = Not on this computer
desk-browser-text = This browser is used for the managers’ desk. So that nobody can restore an access in somebody else’s place, no password of a letter, no code and no link is accepted in it.
desk-browser-step = Go on with the telephone or computer of the person: their code, their link or their letter remain valid.
opening-notice-title = Your access was restored
opening-notice-telephone = { $at }: a manager restored your access by telephone.
opening-notice-letter = { $at }: a manager printed you a letter with a password.
opening-notice-address = { $at }: a manager registered an email address for your access.
opening-notice-used = This access was used: { $at }.
opening-notice-unused = This access was not used.
opening-notice-yours = You had asked for it? There is nothing to do.
opening-notice-not-yours = It was not you? Change your password in “My account”, and tell without delay:
opening-notice-continue = Continue
forgotten-nobody = The manager does not answer?
forgotten-nobody-text = Call the help desk (guichet unique) on
forgotten-centrale = Your letter says “EDITE PAR IMAGIN CENTRALE”?
forgotten-centrale-text = Contact the DGRH manager named on the letter. The academy’s services cannot restore this access.
reset-title = Choose a new password
reset-intro = It is the one you will be asked for from now on. Sessions opened with the old one will be ended.
reset-submit = Save this password
password-reset-title = Your new password is saved
password-reset-text = The old one no longer works, and every open session has been ended.
password-reset-step = Now sign in with your identifier and your new password.
dead-reset-link-title = This link no longer works
dead-reset-link-text = It has already been used, it is too old, a more recent email took its place, or it was cut short on its way.
dead-reset-link-step = If you have already chosen a new password, sign in. Otherwise, ask for a new link.
dead-confirm-link-title = This link no longer works
dead-confirm-link-text = Perhaps the address is confirmed already. Otherwise the link is too old, a more recent email took its place, or it was cut short on its way.
dead-confirm-link-step = Sign in: if no address is known, you will be asked for it again.
dead-link-ask-again = Ask for a new link
dead-request-title = This request is no longer open
dead-request-text = A later request took its place, a new password or a new letter ended it, or it is too old.
dead-request-step = If you already have a new password, sign in. Otherwise, make a new request.
dead-request-ask-again = Make a new request

## Signing in through another service

upstream-unavailable-title = { $provider } does not answer
upstream-unavailable-text = The sign-in service { $provider } is down or too slow. It is not your fault, and nothing is lost.
upstream-unavailable-step = Wait a minute, then try again.
upstream-refused-title = The sign-in did not succeed
upstream-refused-text = { $provider } did not confirm who you are. This happens when the sign-in was cancelled, or when the account has no access to this service.
upstream-refused-step = Try again. If it happens again, check your identifier and password or ask for help.
upstream-untrusted-title = The answer could not be verified
upstream-untrusted-text = { $provider } sent an answer that we could not verify. To be safe, we have ignored it.
upstream-untrusted-step = Try again. If it happens again, call support and give the reference below.
upstream-other-browser-title = This sign-in cannot be finished here
upstream-other-browser-text = It was begun in another browser, it has already been used, or it took too long.
upstream-other-browser-step = Start again: it takes only a moment.
upstream-retry = Try again
upstream-help = Lost your identifier or password?

## Another site

elsewhere-leaving = This button opens another site.

## Signed in

signed-in-title = You are signed in
signed-in-name = Name
signed-in-identifier = Identifier
signed-in-text = To continue, go back to the application that you want to use: you will not be asked for your password again.
signed-in-shared = If this device is not yours, sign out before you leave.
sign-out-button = Sign out

## My account

account-title = My account
account-link = See and manage my account
account-back = Back to my account
account-identity = Who you are
account-name = Name
account-identifier = Identifier
account-place = Sign-in
account-place-here = Here, with your identifier and your password
account-place-elsewhere = Through { $provider }
account-authority = Authority
account-correct-letter = Something wrong? This comes from the list that your manager keeps, and only they can correct it. Call them: their telephone number is at the top left of your letter.
account-correct-desk = Something wrong? This comes from the list that your manager keeps, and only they can correct it. Contact them:
account-correct-elsewhere = Something wrong? This comes from { $provider }. Contact the office that manages your file: once corrected there, it will be corrected here at your next sign-in.

account-address = Your mail address
account-address-confirmed = confirmed
account-address-waiting = to be confirmed
account-address-waiting-text = Open the link in the mail that was sent to this address. Nothing there? Look among unwanted mail, or ask for it to be sent again.
account-address-send-again = Send the mail again
account-address-none = We know of none. If you forget your password, you will have to call your manager.
account-address-proposed = Your manager noted the address { $address }. If it is yours, give it here; otherwise do nothing.
account-address-why = It lets you choose a new password if you forget yours.
account-address-elsewhere = It comes from { $provider }: that is where it can be changed.
account-address-give = Give an address
account-address-change = Change the address
account-address-current = Present address:
account-address-intro = A mail will be sent to the new address. Open the link in it: the address counts from then on.
account-address-label = New mail address
account-address-format = Expected format: name@example.org
account-address-submit = Save
account-address-remove = Remove my address
account-address-remove-text = To remove the address, type only your password. After that, only your manager can help if you forget it.
account-address-fault-title = Error: this address will not do
account-address-fault = No mail can be sent to this address. Check it: it looks like name@example.org.

account-password = Your password
account-password-since = Chosen on { $day }.
account-password-elsewhere = It is that of { $provider }: it cannot be changed here.
account-password-change = Change the password
account-password-title = Change the password
account-password-intro = Your sessions on other devices will be closed, and applications will have to ask you to sign in again. You stay signed in here.
account-password-submit = Change the password
current-password-label = Present password
current-password-missing-title = Error: your present password is missing
current-password-missing = Type the password with which you signed in.
current-password-wrong-title = Error: the present password is not the right one
current-password-wrong = Nothing was changed. Type the password with which you signed in. Forgotten it? Sign out, then choose “Forgotten password?”.

account-sessions = Your open sessions
account-sessions-text = The devices on which you are signed in. Close those that you do not recognise, then change your password.
account-device = { $browser } on { $system }
account-device-system = Unknown browser on { $system }
account-device-unknown = Unknown device
account-session-here = this device
account-session-began = Opened on { $moment }
account-session-used = Last used on { $moment }
account-session-end = Close the session
account-session-which = of { $device }, opened on { $moment }
account-sessions-end-others = Close all other sessions
account-sessions-lost = A lost device, a doubt?
account-sessions-end-all-text = You can close everything at once: all your sessions, this one included, and all access given to applications, even that which lasts while you are away. You will have to sign in again everywhere.
account-sessions-end-all = Close everything, everywhere

account-consents = Allowed applications
account-consents-text = These applications use your account with your consent. You can withdraw it: they will have access to nothing any more, and will have to ask you again.
account-consent-since = Allowed on { $day }
account-consent-withdraw = Withdraw the consent
account-consent-which = given to { $client }

account-activity = Recent activity
account-activity-none = Nothing yet.
account-activity-when = When
account-activity-what = What
account-activity-not-you = Was not all of this you? Change your password, then tell your manager.
account-event-created = Your account was made
account-event-updated = Your details were brought up to date
account-event-signed-in = Signed in
account-event-letter-issued = A letter was sent
account-event-letter-without-password = A letter was sent, without a password
account-event-letter-voided = A letter was voided
account-event-letter-used = First sign-in, personal password chosen
account-event-password-changed = Password changed
account-event-password-reset = New password after it was forgotten
account-event-recovery-asked = Help asked for a forgotten password
account-event-address-given = Mail address given, to be confirmed
account-event-address-confirmed = Mail address confirmed
account-event-address-set = Mail address recorded by the administration
account-event-address-removed = Mail address removed
account-event-consent-given = Consent given to an application
account-event-consent-withdrawn = Consent withdrawn from an application
account-event-session-ended = A session was closed
account-event-session-ended-others = All other sessions were closed
account-event-access-ended = All sessions and all access were closed
account-event-unlocked = Waiting after wrong passwords was lifted
account-event-disabled = Account disabled
account-event-enabled = Account enabled again
account-event-deleted = Account removed
account-event-deletion-announced = Removal of an unused account announced
account-event-address-proposed = Email address proposed by the administration
account-event-proposal-withdrawn = Proposed email address withdrawn
account-event-reset-link-sent = Link for a new password sent to your address
account-event-mail-retried = Email sent again
account-event-absorbed = Another record merged into your account
account-event-merged = This account merged into another
account-event-separated = Two merged records separated
account-event-looked = Seen by your authority
account-event-searched = Found in a search of your authority
account-event-access-opened = Access restored by a manager of your authority
account-event-opening-asked = A manager asked to restore your access
account-event-opening-agreed = A second manager agreed that your access be restored
account-event-opening-used = Use of the access that a manager restored
account-event-case-taken = Request taken on by a manager
account-event-case-released = Request left to another manager
account-event-manager-named = Named as a manager
account-event-manager-dismissed = No longer a manager
account-event-sign-in-failed = A sign-in was refused
account-event-audit-read = History seen by a supervisor of your authority
account-event-audit-exported = History taken out by a supervisor of your authority
account-event-chain-begun = The journal was begun anew

account-done-password = Your password is changed. Your other sessions are closed, and applications will have to sign you in again.
account-done-address = A mail is on its way to you. Open the link in it to confirm the address.
account-done-too-many-mails = Several mails were asked for already: no more was sent. Wait an hour, then try again.
account-done-address-removed = Your mail address is removed.
account-done-session = The session is closed.
account-done-others = All your other sessions are closed.
account-done-consent = The consent is withdrawn.
account-done-nothing = There was nothing to do: it was done already.
account-done-stale = Nothing was changed: the page that you used was out of date. Start again from this one.
account-closed-title = Everything is closed
account-closed-text = Your sessions are closed on all devices, and no application has access to your account any more.
account-closed-step = Sign in again whenever you like. If in doubt, change your password then.

## Consent

consent-title = Allow { $client }?
consent-intro = The application { $client } asks to use your account.
consent-account = Your account
consent-site = The application’s site
consent-host = You will go back to
consent-policy = What { $client } does with your data (new window)
consent-terms = Terms of { $client } (new window)
consent-list = If you accept, the application will be able to:
consent-password = Your password is never given to it.
consent-allow = Allow
consent-deny = Refuse
permission-openid = recognise you from one time to the next
permission-profile = know your name and profile
permission-email = know your e-mail address
permission-phone = know your telephone number
permission-address = know your postal address
permission-imagin = know your situation, the authority you belong to and the identifier on your letter
permission-offline-access = keep this access when you are not there

## Back to the application

form-post-title = Back to { $client }
form-post-text = Your browser is taking you there. If nothing happens, use this button.
form-post-button = Continue

## Signing out

sign-out-title = Do you want to sign out?
sign-out-by = The application { $client } asks for it.
sign-out-account = Signed in as { $name }.
sign-out-text = You will be signed out of every application opened with this session.
sign-out-stay = Stay signed in
signed-out-title = You are signed out
signed-out-text = You can close this page. On a shared computer, close all the browser’s windows too.
signed-out-onward = One more moment: you are being signed out of your other applications too. If nothing happens, choose “Continue”.
signed-out-continue = Continue
signed-out-frame = Ending your session in an application
signed-out-return = Back to { $client }

## When something is wrong

problem-not-found-title = Page not found
problem-not-found-text = This address leads to no page. It may have been copied with a mistake.
problem-not-found-step = Check the address, or start from the application that you want to use.
problem-method-not-allowed-title = This page does not open that way
problem-method-not-allowed-text = The address exists, but it was asked for in a way that is not foreseen.
problem-method-not-allowed-step = Go back to the previous page and use its buttons.
problem-bad-request-title = Request not understood
problem-bad-request-text = The request that we received is incomplete or malformed.
problem-bad-request-step = Go back to the application you came from and start again. If it happens again, call support.
problem-too-large-title = Too much was sent
problem-too-large-text = The form that we received holds far more text than expected.
problem-too-large-step = Go back to the previous page, clear what may have been pasted by mistake, then try again.
problem-cross-site-title = Request refused to keep you safe
problem-cross-site-text = This form was not sent from our pages, but from another site.
problem-cross-site-step = Start from the application that you want to use, then try again.
problem-unknown-client-title = Unknown application
problem-unknown-client-text = The application that sends you here is not registered with our service.
problem-unknown-client-step = Check the starting address on your letter. If it is right, call support.
problem-unregistered-redirect-title = No way back to the application
problem-unregistered-redirect-text = The application wants to send you to an address that is not registered. To keep you safe, we do not send you there.
problem-unregistered-redirect-step = Start from the application’s usual address. If it happens again, call support.
problem-request-from-elsewhere-title = Sign-in begun elsewhere
problem-request-from-elsewhere-text = This sign-in was begun in another browser or on another device, or the cookies have been deleted since.
problem-request-from-elsewhere-step = Go back to the application and start again here, from the beginning.
problem-request-expired-title = This sign-in request has expired
problem-request-expired-text = It was begun more than 20 hours ago.
problem-request-expired-step = Go back to the application and start again: your identifier and password have not changed.
problem-request-used-title = This sign-in request is no longer valid
problem-request-used-text = It has been used already, or has waited too long.
problem-request-used-step = Go back to the application and start again: your identifier and password have not changed.
problem-busy-title = Many people right now
problem-busy-text = The service is very busy and could not handle your request. Nothing is lost.
problem-busy-step = Wait a few seconds, then try again.
problem-unavailable-title = The service has a difficulty
problem-unavailable-text = A fault on our side prevents your request from being handled. It is not your fault.
problem-unavailable-step = Try again in a few minutes. If it lasts, call support.
problem-application-disabled-title = Application closed
problem-application-disabled-text = It is not possible to sign in to this application for the moment.
problem-application-disabled-step = Try again later, or call support to learn when it reopens.

## Letters to print

sheet-file-title = Letters – { $authority }
sheet-title = Your credentials for “{ $service }”
sheet-telephone = Telephone: { $number }
sheet-mail = Mail: { $address }
sheet-identifier = Your identifier
sheet-password = Your temporary password
sheet-until = Valid until { $date }
sheet-own-password = You already have a personal password
sheet-own-password-hint = Use it: it has not changed.
sheet-how = To sign in
sheet-step-open = Open this address, or photograph the code beside it:
sheet-step-situation = If you are asked for your situation, say that you are an external contributor.
sheet-step-temporary = Type your identifier and your temporary password. Capitals, small letters, spaces and hyphens make no difference.
sheet-step-choose = Choose your personal password. It replaces that of this letter at once.
sheet-step-personal = Type your identifier and your personal password.
sheet-forgotten = Forgotten password? The sign-in page helps you; otherwise call the desk at the top left.
sheet-in-english = To sign in, open the address above, then type your identifier and your temporary password.
sheet-own-in-english = To sign in, open the address above, then type your identifier and your own password.
sheet-code = The address beside, to photograph
sheet-keep = Tell nobody your password, not even by telephone.
sheet-number = Letter no. { $number }
# The headings of the eleven columns of the mail-merge file, separated by semicolons.
sheet-csv-headings = letter_number; authority; desk; telephone; mail; given_name; family_name; identifier; temporary_password; valid_until; address

## Dates

date = { $day } { $month } { $year }
date-first-day = 1 { $month } { $year }
date-and-time = { $date } at { $hour }:{ $minute }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
duration-minutes = { $number ->
    [one] one minute
   *[other] { $number } minutes
  }
duration-hours = { $number ->
    [one] one hour
   *[other] { $number } hours
  }
duration-days = { $number ->
    [one] one day
   *[other] { $number } days
  }

## Mails

mail-greeting = Hello { $name },
mail-telephone = Need help? The help desk (guichet unique) answers on { $telephone }.
mail-link-below = If the button does not open, copy this address into your browser:
mail-no-answer = This email was sent automatically: nobody reads answers to it.
mail-life = This link is valid for { $life } and can be used once.
mail-reset-password-subject = Choose a new password – { $service }
mail-reset-password-intro = You said that you forgot your password for “{ $service }”. To choose a new one, open this link, on any device.
mail-reset-password-action = Choose a new password
mail-reset-password-unasked = You asked for nothing? Do nothing: your password does not change.
mail-confirm-address-subject = Confirm your email address – { $service }
mail-confirm-address-intro = This address was given for your account at “{ $service }”. Confirm it: it will let you choose a new password if you forget yours.
mail-confirm-address-action = Confirm my address
mail-confirm-address-unasked = This was not you? Do nothing: the address will not be used.
mail-address-changed-subject = Your email address has changed – { $service }
mail-address-changed-intro = The address of your account at “{ $service }” is now { $address }. The next emails will go there.
mail-address-changed-unasked = This was not you? Call your manager without delay: the contact is at the top left of your letter.
mail-address-removed-subject = Your email address was removed – { $service }
mail-address-removed-intro = This address is no longer in your account at “{ $service }”: no more emails will go there.
mail-address-removed-unasked = This was not you? Call your manager without delay: the contact is at the top left of your letter.
mail-address-registered-subject = Your email address is registered – { $service }
mail-address-registered-intro = { $authority } registered this address for the access of the identifier { $identifier } to “{ $service }”. It will let you choose a new password if you forget yours.
mail-address-registered-unasked = This identifier is not yours? Write to this office or call it, and it will remove your address: { $contact }.
mail-address-proposed-subject = Another email address is proposed – { $service }
mail-address-proposed-intro = { $authority } proposes the address { $address } for your account at “{ $service }”. Nothing changes until you take it yourself when you sign in.
mail-address-proposed-unasked = This address is not yours? Tell this office: { $contact }.
mail-address-noted-subject = Your email address is noted – { $service }
mail-address-noted-intro = { $authority } noted this address for the identifier { $identifier } at “{ $service }”. It will be used once the person has confirmed it, at their next sign-in.
mail-address-noted-unasked = This identifier is not yours? Tell this office, and it will remove your address: { $contact }.
mail-records-merged-subject = Your two identifiers are one – { $service }
mail-records-merged-intro = { $authority } merged two records at “{ $service }”. From now on, sign in with the identifier { $kept } and its password; the identifier { $absorbed } leads to the same account, and its former password is of no more use.
mail-records-merged-unasked = These two identifiers are not yours? Tell this office without delay: { $contact }.
mail-access-opened-subject = A manager is restoring your access – { $service }
mail-access-opened-intro = A manager of { $authority } has just restored the access of the identifier { $identifier } to “{ $service }”: whoever uses it will choose a new password.
mail-access-opened-unasked = You asked for nothing? Call or write without delay: { $contact }.
mail-password-changed-subject = Your password has changed – { $service }
mail-password-changed-intro = The password of your account at “{ $service }” has just been changed.
mail-password-changed-unasked = This was not you? Call your manager without delay: the contact is at the top left of your letter.

## A device without a keyboard

device-title = Connect a device
device-intro = Type the code that the device shows.
device-code-label = Code shown on the device
device-code-hint = Eight letters, for example WDJB‑MJHT. Capitals, spaces and hyphens do not matter.
device-warning = Go on only if you have this device in front of you. If somebody sent you a code, close this page.
device-submit = Continue
device-malformed = Error: this code is not complete
device-malformed-text = A code has eight letters, no vowels and no digits. Compare it with the one on the device.
device-unknown = Error: no device is waiting with this code
device-unknown-text = Check the code on the device. It changes after ten minutes and works once.
device-wait = Error: too many codes tried
device-wait-text = { $minutes ->
    [one] Wait a minute, then type the code that the device shows.
   *[other] Wait { $minutes } minutes, then type the code that the device shows.
}
device-confirm-title = Allow { $client } on a device?
device-confirm-intro = A device asks to use your account for { $client }.
device-confirm-code = Code of the device
device-confirm-warning-title = Is it really your device?
device-confirm-warning = Accept only if you started this yourself and the device in front of you shows this code. Otherwise refuse: somebody else may be trying to get in with your account.
device-allowed-title = The device is allowed
device-allowed-text = You can close this page and go on with { $client } on the device.
device-allowed-step = See and withdraw the accesses of my account
device-denied-title = The device is refused
device-denied-text = { $client } received nothing of your account. You can close this page.

# The managers' desk

desk-title = Managers’ desk
desk-nav = Parts of the managers’ desk
desk-people = People
desk-choice = For which authority are you working?
desk-rank-manager = manager
desk-rank-supervisor = supervisor

# Letters and lists at the desk

desk-papers = Letters
desk-imports = Lists
desk-next = More
desk-look-again = See how far it is
desk-fault-title = Error: nothing was done
desk-fault-reason = Say why, in a few words (3 to 200 characters).
desk-reason = Reason
desk-letter-number = Number
desk-letter-person = Person
desk-letter-state = State
desk-paper-issued = to be printed
desk-paper-printed = printed on { $date }, password not used
desk-paper-used = used on { $date }
desk-paper-expired = expired on { $date }
desk-paper-voided = voided on { $date }
desk-letter-find = Number of a letter
desk-letter-find-submit = Find
desk-letter-unknown = No letter has the number { $number } here. Check it at the foot of the printed page.
desk-letter-title = Letter { $number }
desk-letter-issued-at = Issued on
desk-letter-password = Password
desk-letter-with-password = temporary, printed on the letter
desk-letter-without-password = none: the person has their own
desk-letter-batch = The batch that it belongs to
desk-letter-never-again = What is printed on it cannot be shown a second time. If the page is lost or spoilt, issue a new letter: it voids this one.
desk-letter-new = New letter
desk-letter-void = Void this letter
desk-letter-void-text = Its temporary password will work no more. The person has no other one until a letter is issued.
desk-letter-void-submit = Void the letter
desk-letter-stale = This access was changed meanwhile. Look at its state below, then try again if it is still of use.
desk-letter-shown-before = This letter was shown before, or its time to be printed is over. If it is not on paper, issue a new one.
desk-letters-alone = Latest letters of no batch
desk-letters-none = None so far.
desk-batches = Batches
desk-batches-none = No batch so far. A batch comes of importing a list.
desk-batch-letters = { $number ->
        [one] { $number } letter
       *[other] { $number } letters
    }
desk-batch-in-work = in preparation
desk-batch-in-work-text = The batch is in preparation; it can be printed once it is complete.
desk-batch-title = Batch of letters
desk-batch-source = The batch that this one replaces
desk-batch-waiting = { $number ->
        [one] One letter waits to be printed.
       *[other] { $number } letters wait to be printed.
    }
desk-batch-once = Each is shown once: make sure that the printer is ready. Those not printed within 24 hours are voided.
desk-batch-print = Print the batch
desk-batch-states = State of the letters
desk-batch-number = Number
desk-share-waiting = to be printed
desk-share-printed = printed
desk-share-used = used
desk-share-expired = expired
desk-share-voided = voided
desk-anew-title = Did printing fail?
desk-anew-text = New letters take the place of those on these pages, but of those already used and those of people who had another one since. The old ones are voided. The page number stands at the foot of each sheet.
desk-anew-from = From page
desk-anew-to = to page
desk-anew-submit = Issue anew
desk-anew-range = Give two page numbers, the smaller one first.
desk-batch-own = You asked for this batch: here, a colleague prints it.
desk-ask-title = New letter
desk-ask-text = It voids the one before. It bears a temporary password if the person has not chosen one of their own.
desk-ask-latest = Latest letter
desk-ask-desk = Desk whose contact stands at the top left
desk-ask-personal = This person has chosen their password
desk-ask-keep = They keep it: the letter only tells their identifier
desk-ask-replace = A temporary password takes its place, and all their sessions end
desk-ask-once = The letter is shown once, to be printed at once.
desk-ask-submit = Issue and show
desk-ask-stale = This access was changed since the page was shown. Nothing was issued: look, then try again if it is still of use.
desk-ask-disabled = This access is disabled: enable it first.
desk-sheet-text = This page is shown once. Print it now (Ctrl + P), without the browser’s headers.
desk-sheets-text = These pages are shown once. Wait for the last one to load, then print them (Ctrl + P), without the browser’s headers.
desk-sheet-print = Print
desk-sheet-back = Back to the managers’ desk
desk-upload-title = Import a list
desk-upload-text = A CSV file as spreadsheets write it. The first line has the headings of the columns, for example:
desk-upload-reason-label = Subject
desk-upload-reason-hint = What the list will be known by: “Juries of June”, for example.
desk-upload-file = File
desk-upload-file-hint = CSV, at most 20 MB and 100,000 lines
desk-upload-nothing-yet = Nothing is done yet: you will first see what the list would change.
desk-upload-submit = Check the list
desk-upload-missing = Choose a file that is not empty.
desk-upload-too-large = The file is larger than 20 MB. Split the list into several files.
desk-upload-too-many-lines = The list has more than 100,000 lines. Split it into several files.
desk-upload-archive = This is a workbook or an archive (xlsx, ods, zip…). In your spreadsheet, save the sheet as “CSV UTF-8”, then import that file.
desk-upload-not-text = This file is no text. Save the list as “CSV UTF-8”.
desk-upload-utf16 = This file is UTF-16. Save it again as “CSV UTF-8”.
desk-upload-headings = The line of headings cannot be read: a heading stands there twice, or a quotation mark is not closed.
desk-upload-column = The column { $expected } is missing. The headings of the file are: { $found }.
desk-upload-reason = Give the subject of the list, in 3 to 200 characters.
desk-upload-too-many-waiting = Too many lists wait already. Finish or put aside some of them first.
desk-imports-past = Earlier lists
desk-imports-none = None so far.
desk-list-foreseeing = being checked
desk-list-foreseen = checked, to be imported
desk-list-importing = being imported
desk-list-imported = imported
desk-list-failed = interrupted
desk-list-withdrawn = put aside
desk-list-failed-text = This list could not be worked through to its end. Import it again: what is done stays done, the rest will be. If it happens again, tell support.
desk-list-lines = { $number ->
        [one] { $number } line
       *[other] { $number } lines
    }
desk-list-progress = { $done } of { $all } lines done
desk-list-letters = The letters of this list
desk-list-withdraw = Put the list aside
desk-report-foreseen = What the list would change
desk-report-imported = What the list changed
desk-report-all = all
desk-report-download = Download the report (CSV)
desk-report-file = report
desk-report-headings = line; outcome; reason; identifier; letter_number; address
desk-outcome-created = created
desk-outcome-updated = updated
desk-outcome-unchanged = unchanged
desk-outcome-refused = refused
desk-row-line = Line
desk-row-outcome = Outcome
desk-row-person = Person and letter
desk-row-address-kept = The address that the person confirmed is kept.
desk-row-address-proposed = The address is proposed to the person, who will say at the next sign-in whether it is theirs.
desk-row-letter-by-hand = The person once had a password of their own: their letter is issued from their screen.
desk-row-too-long = the line is longer than 64 KiB
desk-row-encoding = the line is not { $first } as the rest of the file is
desk-row-quotes = a quotation mark is not closed on its line, or stands inside a field
desk-row-width = { $first } fields for { $second } headings
desk-row-control = { $first } holds a control character
desk-row-long = { $first } has more than { $second } characters
desk-row-no-name = the family name is missing
desk-row-no-key = neither a number nor an identifier: the person would not be known again next time
desk-row-mail-address = the mail address is not one
desk-row-duplicate = line { $first } is of the same person
desk-row-disagreement = the identifier and the number name two people
desk-row-unavailable = this identifier cannot be given: leave it empty for another one
desk-row-disabled = the access is disabled: enable it first, or take the row out
desk-start-title = Import this list
desk-start-letters = Letters
desk-start-with = Issue those that are missing; you print them afterwards
desk-start-without = Issue none
desk-start-submit = Import
problem-file-too-large-title = File too large
problem-file-too-large-text = A list cannot be larger than 20 MB: nothing was imported.
problem-file-too-large-step = Split the list into several files, then try again.
account-event-letter-printed = A letter was printed
account-event-list-brought = A list was checked
account-event-list-imported = A list was imported
account-event-list-withdrawn = A list was put aside
account-event-report-taken = A report was downloaded
account-event-batch-asked = The letters of a batch were issued anew
desk-sentence = { $state }, { $address }.
desk-access-disabled = Access disabled on { $day }
desk-access-no-password = No password
desk-access-voided = Letter voided on { $day }, no password left
desk-access-personal = Personal password since { $day }
desk-access-temporary = Temporary password made on { $day }, never used
desk-access-printed = Temporary password printed on { $day }, never used, valid until { $until }
desk-access-printed-expired = Temporary password printed on { $day }, never used, expired since { $until }
desk-access-drawn = Temporary password made on { $day }, never printed, valid until { $until }
desk-access-drawn-expired = Temporary password made on { $day }, never printed, expired since { $until }
desk-address-unknown = email address unknown
desk-address-waiting = email address awaiting confirmation
desk-address-proposed = email address proposed
desk-address-unconfirmed = email address from a list
desk-address-confirmed = email address confirmed
desk-next-wait = After failed attempts there is a wait until { $moment }. If you recognised the person, lift it.
desk-next-disabled = Nobody can sign in. To give the access back, enable it.
desk-next-letter = A new letter with a password is needed.
desk-next-temporary = The person signs in with the password of the letter, then chooses their own.
desk-next-personal = If it is forgotten, the sign-in page sends a link by email: “Forgotten password?”.
desk-next-personal-without-mail = If it is forgotten, help by telephone or a new letter is needed.

desk-identifier = Identifier
desk-address = Email address
desk-letters = Letters
desk-last-sign-in = Last sign-in
desk-sessions = Open sessions
desk-case = Open request
desk-alias = Other identifier
desk-made-on = Record made on
desk-none = none
desk-mark-confirmed = confirmed by the person
desk-mark-unconfirmed = not confirmed
desk-mark-waiting = to be confirmed by the person
desk-mark-proposed = proposed, for the person to take
desk-letter-issued = issued on { $day }
desk-letter-printed = printed on { $day }
desk-letter-used = used on { $day }
desk-letter-expired = expired since { $day }
desk-letter-voided = voided on { $day }
desk-earlier-letters = { $number ->
    [one] and an earlier one
   *[other] and { $number } earlier ones
  }

desk-acts = Help
desk-acts-case = Reason noted: request { $number }
desk-reason-hint = In a few words. It stays in the history.
desk-new-address = New email address
desk-act-unlock = Lift the wait
desk-act-unlock-text = The failed attempts are forgotten: the person can try at once.
desk-act-unlock-submit = Lift the wait
desk-act-reset-link = Send the password link
desk-act-reset-link-text = An email goes to the confirmed address, with a link to choose a new password.
desk-act-reset-link-submit = Send the link
desk-act-propose-address = Propose an email address
desk-act-propose-address-text = The person takes it themselves when they sign in. Until then nothing that opens the access goes there. The old address and the new one are told.
desk-act-propose-address-submit = Propose the address
desk-act-withdraw-proposal = Withdraw the proposed address
desk-act-withdraw-proposal-text = The person will not see it any more when they sign in.
desk-act-withdraw-proposal-submit = Withdraw the proposal
desk-act-remove-address = Remove the email address
desk-act-remove-address-text = No more emails go there, and it is told so. The person will have to give and confirm it again: this cannot be undone.
desk-act-remove-address-submit = Remove the address
desk-act-end-sessions = End every session
desk-act-end-sessions-text = The person has to sign in again everywhere. The password stays.
desk-act-end-sessions-submit = End them all
desk-act-disable = Disable the access
desk-act-disable-text = Nobody can sign in with this identifier any more, and all that is open is closed.
desk-act-disable-submit = Disable
desk-act-enable = Enable the access again
desk-act-enable-text = The password of before works again. What was closed stays so.
desk-act-enable-submit = Enable
desk-missing = { $act }: { $why }
desk-why-disabled = the access is disabled.
desk-why-no-confirmed-address = the person has confirmed no address.
desk-why-no-mail = no email can be sent from here.
desk-why-nothing = there is nothing to do.
desk-undo = Undo
desk-undo-reason = The act before is undone
desk-done-unlocked = The wait is lifted.
desk-done-reset-link-sent = The email with the link goes to the confirmed address.
desk-done-address-proposed = The address is proposed. The person can take it when they sign in.
desk-done-proposal-withdrawn = The address is proposed no more.
desk-done-address-removed = The address is removed.
desk-done-sessions-ended = Every session and every access is ended.
desk-done-disabled = The access is disabled.
desk-done-enabled = The access is enabled again.
desk-done-mail-retried = The email is sent again.
desk-done-merged = The two records are one.
desk-done-separated = The other record is back, without a password: it needs a new letter.
desk-done-nothing = There was nothing to do: it was done already, or an email left less than five minutes ago.
desk-not-done = Error: nothing was done
desk-no-reason = Give the reason, in 3 to 200 characters.
desk-no-address = No email can be sent to this address. Check it: it looks like name@example.org.
desk-unlocked-often = The wait was already lifted twice since yesterday. Rather help the person by telephone, or with a new letter.
desk-meanwhile = The record has changed since you opened it. Here it is as it stands: check it, then do it again if it is still of use. Meanwhile:

desk-history = History
desk-older = Older
desk-latest = Back to the latest
desk-by = by { $name }
desk-by-operator = the operators
desk-by-import = a list
desk-by-retention = the automatic clean-up
desk-by-other = another authority
desk-event-created = Record made
desk-event-updated = Record brought up to date
desk-event-signed-in = Signed in
desk-event-letter-issued = Letter issued
desk-event-letter-without-password = Letter issued, without a password
desk-event-letter-voided = Letter voided
desk-event-letter-used = First sign-in, personal password chosen
desk-event-password-changed = Password changed
desk-event-password-reset = New password after it was forgotten
desk-event-recovery-asked = Forgotten password: help asked for
desk-event-address-given = Address given, to be confirmed
desk-event-address-confirmed = Address confirmed
desk-event-address-set = Address registered
desk-event-address-removed = Address removed
desk-event-address-proposed = Address proposed
desk-event-proposal-withdrawn = Proposed address withdrawn
desk-event-reset-link-sent = Password link sent
desk-event-mail-retried = Email sent again
desk-event-absorbed = Another record merged into this one
desk-event-merged = Record merged into another one
desk-event-separated = Records apart again
desk-event-consent-given = Application allowed
desk-event-consent-withdrawn = Application no longer allowed
desk-event-session-ended = Session ended
desk-event-session-ended-others = Every other session ended
desk-event-access-ended = Every session and access ended
desk-event-unlocked = Wait lifted
desk-event-disabled = Access disabled
desk-event-enabled = Access enabled again
desk-event-deleted = Record deleted
desk-event-deletion-announced = Deletion announced
desk-event-letter-printed = Letter printed
desk-event-list-brought = List checked
desk-event-list-imported = List imported
desk-event-list-withdrawn = List put aside
desk-event-report-taken = Report downloaded
desk-event-batch-asked = Letters of a batch issued anew
desk-event-looked = Record looked at
desk-event-searched = Search
desk-event-access-opened = Access opened
desk-event-opening-asked = A second manager’s agreement asked for
desk-event-opening-agreed = A second manager agreed
desk-event-opening-used = Opened access used
desk-event-case-taken = Request taken
desk-event-case-released = Request left to others
desk-event-manager-named = Named a manager
desk-event-manager-dismissed = No longer a manager
desk-event-sign-in-failed = Sign-in refused
desk-event-audit-read = Journal read
desk-event-audit-exported = Journal exported
desk-event-chain-begun = Sealed journal begun anew
desk-mail-row = Email: { $kind }, { $state }
desk-mail-reset-password = password link
desk-mail-confirm-address = confirmation of the address
desk-mail-address-changed = change of address
desk-mail-address-removed = address removed
desk-mail-address-registered = address registered
desk-mail-address-proposed = address proposed
desk-mail-address-noted = address noted
desk-mail-records-merged = records merged
desk-mail-access-opened = access opened
desk-mail-password-changed = password changed
desk-mail-waiting = waiting
desk-mail-sending = being sent
desk-mail-sent = sent
desk-mail-failed = given up
desk-mail-retry = Send this email again
desk-trouble-recipient = The address is refused by its server ({ $error }).
desk-trouble-server = The mail server does not answer ({ $error }).
desk-trouble-other = Sending failed ({ $error }).

desk-telephone-link = Help by telephone
desk-merge-link = Merge with another record
desk-merge-title = Merge two records of one person
desk-merge-intro = Find the other record of the same person by its identifier, or by the number of a letter.
desk-merge-other = Identifier or number of a letter
desk-merge-find = Find
desk-merge-nobody = There is no such other record. Check the identifier or the number.
desk-merge-same = It is the same record already.
desk-merge-kept-disabled = The older record, which would stay, is disabled. Enable it first.
desk-merge-both-in-use = Somebody signed in with each of these records less than 30 days ago: they are probably two people. If they are one, disable the record that is too many.
desk-merge-kept = This record stays
desk-merge-absorbed = This record goes into the other
desk-merge-text = The older record stays, with its password and its address. The other loses its password, its sessions end, its letters are void; its identifier leads to the record that stays. Both addresses are told.
desk-merge-submit = Merge the two records
desk-separate = Separate again
desk-separate-text = The other record comes back without a password: it will need a new letter.

# The desk: what supervisors see

desk-statistics = Statistics
desk-audit = Journal
desk-managers = Managers

audit-text = Who saw and did what, in your authority only. That you look is noted too.
audit-person = Person (identifier)
audit-by = Done by
audit-anybody = anybody
audit-kind = Event
audit-anything = any
audit-from = From
audit-to = To
audit-filter = Filter
audit-latest = Back to the latest
audit-nothing = No event fits.
audit-when = When
audit-what = What
audit-whom = Concerning
audit-who = By whom
audit-why = Reason
audit-older = Older events
audit-export = Export
audit-export-text = The events chosen above, in a file. It names people by their internal id, never by name.
audit-export-csv = Spreadsheet (CSV)
audit-export-jsonl = JSON Lines

audit-actor-person = the person
audit-actor-operator = the operator
audit-actor-import = the import of a list
audit-actor-retention = retention
audit-actor-manager = a manager
audit-actor-application = an application

refusal-wrong-password = wrong password
refusal-temporary-expired = the letter’s password had expired
refusal-typing-slip = slip in the letter’s password
refusal-disabled = account disabled
refusal-waiting = too many attempts, waiting

statistics-span = Period
statistics-span-days = 30 days
statistics-span-season = Since the season began
statistics-span-months = 12 months
statistics-unit-day = Day
statistics-unit-week = Week from
statistics-unit-month = Month
statistics-table = See the figures
statistics-nothing = Nothing in this period.
statistics-sign-ins = Sign-ins
statistics-sign-ins-about = How many sign-ins succeeded, stacked by situation.
statistics-other-doors = Situation not noted
statistics-letters = Letters and first sign-ins
statistics-letters-about = How many letters with a temporary password were issued, and how many first sign-ins were made with it, stacked. Letters to people who have a password of their own are not counted.
statistics-letters-issued = Letters with a password
statistics-letters-used = First sign-ins
statistics-failures = Refused sign-ins
statistics-failures-about = How many sign-ins were refused to known people, stacked by reason.
statistics-cases = Forgotten passwords
statistics-cases-about = How many asked for help with a forgotten password, and how many chose a new one afterwards, stacked.
statistics-cases-asked = Requests
statistics-cases-reset = New passwords
statistics-waiting = { $number ->
    [0] No request for a forgotten password is waiting for a manager.
    [one] One request for a forgotten password is waiting for a manager.
   *[other] { $number } requests for forgotten passwords are waiting for a manager.
  }

managers-name = Name a manager
managers-name-text = The person signs in with their academic account at { $address }, gets a code there and reads it to you.
managers-code = Code that the person reads to you
managers-code-submit = See who it is
managers-all = Who has access to this desk
managers-you = you
managers-disabled = account disabled
managers-named-by = Named on { $day } by { $name }
managers-named-by-operator = Named on { $day } by the operator
managers-claimed = By their function in { $provider }. To take this access away, have the function corrected in { $provider }.
managers-audit = See what they did
managers-dismiss = Take access away
managers-which = of { $name }
managers-outcome-named = The person now has access to this desk.
managers-outcome-dismissed = The person has no access to this desk any more, from now on.
managers-outcome-nothing = Nothing was changed: this person had not been named, or is not any more.
managers-outcome-unknown-code = Error: this code leads to nobody. It may have been misread, used already, or be older than 24 hours. Ask the person to get a new one.
managers-outcome-oneself = Error: nobody names or dismisses themselves. Ask another supervisor.
managers-outcome-wait = Error: too many wrong codes. Wait an hour, then try again.
managers-confirm = Name this person
managers-confirm-text = Check aloud that this is the person who read you the code. This is what { $provider } says of them.
managers-mail = Mail address
managers-rank = Access
managers-rank-manager = Manager: helps people
managers-rank-supervisor = Supervisor: names managers too, sees the journal and the statistics
managers-reason = Reason
managers-reason-hint = A few words, from 3 to 200 characters, kept in the journal
managers-reason-missing = Error: give a reason, from 3 to 200 characters.
managers-confirm-submit = Give access
managers-cancel = Cancel
managers-dismiss-title = Take access away
managers-dismiss-text = { $name } will have no access to this desk any more, from their next page on.
managers-dismiss-submit = Take access away
managers-dismiss-claim = Their function gives them access too, which stays until those who keep it correct it.
join-title = Become a manager
join-who = You are using the account of { $name }.
join-text = If your supervisor asked you to, get a code here and read it to them. The code alone gives no access.
join-submit = Get a code
join-code = Read this code to your supervisor, and to nobody else.
join-code-text = It works once, within 24 hours, and is not shown again.
join-again = Get another code

desk-back = Back to the search
desk-search-label = Find a person
desk-search-hint = Name, identifier, mail address, letter number or case number.
desk-search-submit = Search
desk-search-count =
    { $number ->
        [one] One person found.
       *[other] { $number } people found.
    }
desk-search-more = More people than this list shows: type more of what you know.
desk-search-none = Nobody matches. Try the family name alone, or the number of the letter.
desk-search-no-case = No open request has this number here. Have the six digits read again, or search by name.
desk-state-personal = own password
desk-state-temporary = temporary password
desk-state-expired = temporary password expired
desk-state-none = no password yet
desk-state-disabled = access disabled

desk-new-link = Add a person
desk-new-title = Add a person
desk-new-error = Error: the person was not added
desk-new-intro = For somebody who is on no list. Their temporary password will come with their first letter.
desk-new-given = Given name
desk-new-family = Family name
desk-new-optional = Optional
desk-new-required = Required
desk-new-email = Mail address
desk-new-email-hint = Optional. A mail tells it that it is registered for this access. Expected format: name@example.org
desk-new-identifier = Identifier
desk-new-identifier-hint = Leave it empty unless there is one already (a number that was allotted, say). Otherwise: initial and family name.
desk-new-reason = Reason
desk-new-reason-hint = A few words, for the audit. Example: stands in for a juror
desk-new-submit = Add
desk-new-no-name = Type the person’s family name.
desk-new-bad-name = This name is too long, or holds a character that cannot be seen. Type it again, in 200 characters at most.
desk-new-bad-identifier = Nobody could type this identifier. It takes 1 to 100 ordinary characters; leave the field empty to have one chosen.
desk-new-taken = This identifier is, or once was, somebody’s. Search for the person, or leave the field empty to have another one chosen.
desk-new-bad-email = This mail address is not complete. Correct it, or leave the field empty.
desk-new-bad-reason = Give the reason in a few words: 3 to 200 characters.
desk-homonyms-title = Is it one of these people?
desk-homonyms-back = Back to the form
desk-homonyms-intro = You want to add:
desk-homonyms-more = There are more who look like them: a search by the full name shows those.
desk-homonyms-otherwise = If the person is on the list, open their file: a second account would make them lose the first.
desk-homonyms-none = None of them: add
# Accesses that managers restore

desk-openings = Restored accesses
desk-wishes = To be confirmed by a second manager
desk-wishes-none = No access waits for confirmation.
desk-wishes-text = A colleague wants to restore these accesses, or to merge these records. Ask how they know to whom they are speaking, then confirm: they will go on at once.
desk-way-telephone = Help by telephone
desk-way-letter = New letter with a password
desk-way-address = Email address
desk-way-merge = Merging two records
desk-wish-other = This record would go into that of
desk-wish-reason = Reason: { $reason }
desk-wish-asked = Asked by { $manager }, { $at }.
desk-wish-until = To be confirmed before: { $at }.
desk-wish-agreed = Confirmed, waiting for whoever asked
desk-wish-own = Your request: a colleague must confirm it
desk-wish-agree = Confirm
desk-agreement-given = It is confirmed: your colleague can go on.
desk-agreement-own = You cannot confirm your own request: a colleague must do it.
desk-agreement-over = This request counts no more: it was confirmed, it is too old, or the account was changed meanwhile.
desk-opened = Latest restored accesses
desk-opened-none = No access was restored.
desk-opened-text = Those used from the network from which they were restored come first: check them with the person.
desk-opened-same = Same network
desk-opened-by = Restored by { $manager }, { $at }.
desk-opened-second = Confirmed by { $manager }.
desk-opened-used = Used: { $at }.
desk-opened-unused = Not used yet.
desk-refused-second = This person already has a personal password: a second manager must confirm. Your request is shown to them on the page “Restored accesses”; do it again once they have confirmed.
desk-refused-too-many = You have restored many accesses in a short time. A colleague can do it, or you yourself in { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.

# Cases, and help by telephone, at the desk

desk-cases = Open cases
desk-cases-none = Nobody is waiting.
desk-cases-number = { $number ->
    [one] One person is waiting
   *[other] { $number } people are waiting
}
desk-cases-text = These people forgot their password, and no email can be sent to them. The oldest requests come first.
desk-cases-more = More requests
desk-case-since = Since: { $at }
desk-case-own = taken by you, { $at }
desk-case-taken-by = taken by { $manager }, { $at }
desk-case-take = Take
desk-case-release = Leave to a colleague
desk-case-telephone = Help by telephone
desk-case-taken = The request is yours for a quarter of an hour.
desk-case-released = The request is everybody’s again.
desk-case-anothers = A colleague has taken this request.
desk-case-gone = This request is no longer open.
call-title = Help by telephone
call-taken-by = { $manager } takes care of this request. It will be everybody’s again a quarter of an hour after their last act.
call-disabled = This account is disabled: the access cannot be restored as long as it is.
call-no-case = This person has no open request. Ask them to open the sign-in page, to choose “Forgotten password?”, to type their identifier, and to keep that page open.
call-others = Other requests in progress for this identifier:
call-others-text = The number that the person on the telephone gives you tells which one is theirs. Anybody can make a request for any identifier.
call-look-again = Done: look again
call-proven = The code is right: the person is now choosing a password. You can say goodbye.
call-spoken = A code was given; it is valid until: { $at }. It is no longer shown. Giving another one cancels it.
call-case = Case { $number }
call-case-text = Ask the person to read the case number shown on their page.
call-codes = Matching codes
call-caller-code = The person must read to you
call-manager-code = Answer them
call-codes-match = They read exactly this code
call-identity = Who is on the line?
call-identity-text = Ask at least three questions whose answer is in your files, and let the person answer alone:
call-ask-exam = for which exam or competition, at which centre, on which dates?
call-ask-address = what is the postal address on the letter?
call-ask-letter = which number is on their latest letter? ({ $number }, { $at })
call-ask-no-letter = when and how did they receive their identifier?
call-ask-last-seen = when did they last sign in? ({ $at })
call-identity-checked = I have checked who is calling
call-speak = Speak the code
call-speak-text = The code is shown once, for ten minutes. The person types it into their page, then chooses a password themselves.
call-speak-submit = Get the code to speak
call-speak-another = Get another code
call-unchecked = Error: tick both boxes, once the codes are compared and the identity is checked.
call-stale = Error: this account was changed meanwhile. Nothing was done; read this page again before you go on.
call-overtaken = Error: a code was already given since this page was shown, or the request is no longer the same. It is not shown twice; you can give another one.
call-anothers = Error: a colleague takes care of this request.
call-code-title = Speak this code, digit by digit
call-code-text = The person types it into their page, which asks for it. It is valid { $life }.
call-code-once = It will not be shown again. Do not note it down, do not send it.
call-follow = Follow the call
