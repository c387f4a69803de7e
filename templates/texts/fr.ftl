## Autour de chaque page

skip-nav = Accès rapide
skip-to-content = Aller au contenu
skip-to-help = Aller à l’aide
home-link = Accueil – { $name }
language-nav = Langue
footer-help = Besoin d’aide ?
footer-telephone = Le guichet unique vous répond au
footer-letter = Appelez le gestionnaire dont les coordonnées figurent en haut à gauche de votre convocation.
reference = Référence à donner à l’assistance :
going-to = Pour accéder à :
all-required = Sauf mention contraire, tous les champs sont obligatoires.
back-to-situations = Changer de situation
back-to-sign-in = Revenir à la connexion
or-telephone = Vous pouvez aussi appeler le guichet unique au

## Quelle est votre situation ?

situations-title = Quelle est votre situation ?
situations-intro = Choisissez ce qui vous correspond : nous vous menons au bon endroit pour vous connecter.
situation-remembered = Votre choix précédent

## Identifiant et mot de passe

password-title = Connexion à { $application }
password-legend = Vos identifiants
username-label = Identifiant
username-hint = En haut à gauche de votre convocation. Exemples : mdurand, mdurand2, ou un numéro.
username-missing = Saisissez votre identifiant.
password-label = Mot de passe
password-missing = Saisissez votre mot de passe.
password-too-long-field = Saisissez à nouveau votre mot de passe.
password-show = Afficher
password-show-what = le mot de passe
password-forgotten = Mot de passe oublié ?
login-submit = Se connecter

password-empty = Erreur : il manque une information
password-empty-text = Saisissez votre identifiant et votre mot de passe, puis validez à nouveau.
password-refused = Erreur : la connexion n’a pas abouti
password-refused-text = Cet identifiant et ce mot de passe ne permettent pas de vous connecter. Vérifiez-les, puis recommencez.
password-temporary-expired = Erreur : ce mot de passe temporaire n’est plus valable
password-temporary-expired-text = Il avait une durée limitée, qui est passée. Contactez le gestionnaire dont les coordonnées figurent en haut à gauche de votre convocation : il vous en donnera un nouveau.
password-busy = Erreur : le service est très demandé en ce moment
password-busy-text = Votre mot de passe n’a pas été vérifié. Attendez { $seconds ->
    [one] une seconde
   *[other] { $seconds } secondes
  }, puis saisissez-le à nouveau.
password-busy-minutes-text = Votre mot de passe n’a pas été vérifié. Attendez { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
  }, puis saisissez-le à nouveau.
password-wait = Erreur : trop d’essais en peu de temps
password-wait-text = Par sécurité, votre mot de passe n’a pas été vérifié cette fois, même s’il était juste. Attendez { $seconds ->
    [one] une seconde
   *[other] { $seconds } secondes
  }, puis saisissez-le à nouveau.
password-wait-minutes-text = Par sécurité, votre mot de passe n’a pas été vérifié cette fois, même s’il était juste. Attendez { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
  }, puis saisissez-le à nouveau.
password-wait-hours-text = Par sécurité, votre mot de passe n’a pas été vérifié cette fois, même s’il était juste. Attendez { $hours ->
    [one] une heure
   *[other] { $hours } heures
  }, puis saisissez-le à nouveau.
password-wait-meanwhile = Vous n’êtes pas sûr de votre mot de passe ? N’attendez pas :
password-wait-forgotten = Vous en choisirez un autre, à l’aide d’un courriel.
password-wait-manager = Sans adresse électronique enregistrée, appelez le gestionnaire dont les coordonnées figurent en haut à gauche de votre convocation : il vous aidera à vous connecter.
password-too-long = Erreur : ce mot de passe est trop long
password-too-long-text = Aucun mot de passe n’a autant de caractères ici : un autre texte a peut-être été collé dans le champ.
password-letter-slip = Erreur : un caractère du mot de passe semble faux
password-letter-slip-text = Il a la forme d’un mot de passe imprimé sur une convocation, mais un caractère au moins n’est pas le bon. Relisez-le sur la convocation : les lettres O, I et L et les chiffres 0 et 1 n’y sont jamais imprimés. Cet essai n’est pas compté.
password-letter-slip-field = Saisissez à nouveau le mot de passe de la convocation.

mistakes-title = Les trois erreurs les plus fréquentes :
mistake-staff = Vous êtes un personnel de l’académie : passez par ARENA, avec l’identifiant et le mot de passe de votre messagerie académique.
mistake-centrale = Votre convocation porte la mention « EDITE PAR IMAGIN CENTRALE » : connectez-vous sur le site du ministère.
mistake-temporary = Le mot de passe imprimé sur la convocation ne sert qu’une fois : ensuite, saisissez celui que vous avez choisi.

upstream-hint-title = Pour vous, la connexion se fait par { $provider }
upstream-hint-text = Vous avez saisi l’identifiant d’un personnel de l’académie (messagerie académique ou NUMEN). Utilisez { $provider }, avec l’identifiant et le mot de passe de votre messagerie académique.
upstream-hint-unread = Aucun mot de passe n’a été vérifié ici. Si ce n’est pas votre cas, corrigez l’identifiant ci-dessous ; s’il figure tel quel sur votre convocation, saisissez de nouveau votre mot de passe.
upstream-hint-button = Continuer avec { $provider }

letter-help-title = Où les trouver ?
letter-help-identifier = L’identifiant
letter-help-identifier-text = Il est imprimé en haut à gauche de votre convocation. C’est un numéro, ou bien l’initiale de votre prénom suivie de votre nom, parfois avec un chiffre à la fin.
letter-help-first = Le mot de passe imprimé sur la convocation
letter-help-first-text = Il ne sert qu’à la première connexion. Vous en choisirez aussitôt un autre, personnel.
letter-help-none = Pas de mot de passe sur la convocation ?
letter-help-none-text = C’est que vous avez déjà un mot de passe personnel, choisi lors d’une connexion précédente : utilisez-le.
other-doors-title = Une autre situation ?

letter-heading = Convocation
letter-identifier = Identifiant
letter-password = Mot de passe
letter-manager = Votre gestionnaire

## Le mot de passe personnel

new-password-title = Choisissez votre mot de passe personnel
new-password-intro = Le mot de passe temporaire que vous venez d’utiliser ne sert qu’une fois. Choisissez maintenant le vôtre : c’est lui qui vous sera demandé les prochaines fois.
new-password-account = Votre identifiant :
new-password-label = Nouveau mot de passe
new-password-rule = Votre mot de passe doit contenir :
new-password-rule-short = au moins { $length } caractères, de trois sortes parmi ces quatre : minuscules, majuscules, chiffres, autres signes ;
new-password-rule-long = ou bien { $length } caractères et plus, sans autre condition.
new-password-rule-four-kinds = au moins { $length } caractères, avec des minuscules, des majuscules, des chiffres et d’autres signes ;
new-password-rule-three-kinds = ou bien { $length } caractères, de trois de ces quatre sortes ;
new-password-rule-words = ou bien sept mots différents.
new-password-submit = Enregistrer et continuer
new-password-accepted = Votre nouveau mot de passe convient. Il sera enregistré dès que l’adresse ci-dessous sera vérifiée.
new-password-rejected = Erreur : ce mot de passe ne convient pas
new-password-and-email-rejected = Erreur : le mot de passe et l’adresse sont à revoir
new-password-empty = Saisissez le mot de passe que vous avez choisi.
new-password-too-short = Il est trop court. Il faut au moins { $length } caractères.
new-password-too-long = Il est trop long. Choisissez-en un plus court, de 20 à 60 caractères par exemple.
new-password-looks-temporary = Il ressemble à un mot de passe imprimé sur une convocation. Choisissez-en un d’une autre forme, par exemple plus long, que personne d’autre ne connaît.
new-password-contains-identifier = Il contient votre identifiant. Choisissez-en un autre.
new-password-too-simple = Il serait trop facile à deviner. Mélangez plusieurs sortes de caractères, ou écrivez une suite de plusieurs mots.
new-password-leaked = Il figure dans les listes de mots de passe volés que tous les pirates essaient. Si vous l’utilisez ailleurs, changez-le aussi là-bas. Choisissez-en un autre ici.
new-password-common-word = Il repose sur un mot ou un prénom trop courant. Ajoutez plusieurs mots sans rapport entre eux.
new-password-personal-word = Il repose sur un mot que l’on devine en vous connaissant : votre nom, votre adresse, ou le nom de ce service. Choisissez des mots sans rapport avec vous.
new-password-keyboard-row = Il repose sur des touches voisines du clavier. Choisissez plutôt plusieurs mots sans rapport entre eux.
new-password-sequence = Il repose sur une suite comme « abcd » ou « 1234 ». Choisissez plutôt plusieurs mots sans rapport entre eux.
new-password-repetition = Il répète les mêmes caractères. Choisissez plutôt plusieurs mots sans rapport entre eux.
new-password-date = Il repose sur une date ou une année. Choisissez plutôt plusieurs mots sans rapport entre eux.
new-password-same-as-current = C’est déjà votre mot de passe actuel. Choisissez-en un autre.
new-password-used-before = Vous avez déjà utilisé ce mot de passe. Choisissez-en un que vous n’avez jamais eu ici.
new-password-advice-title = Bien le choisir
new-password-advice-words = Quatre ou cinq mots sans rapport entre eux font un bon mot de passe, facile à retenir.
new-password-advice-elsewhere = Ne reprenez pas un mot de passe qui vous sert déjà ailleurs.
new-password-advice-keep = Votre téléphone ou votre navigateur propose de le retenir ? Sur un appareil à vous, acceptez. Sinon, notez-le en lieu sûr.

## L’adresse électronique

email-label = Adresse électronique
email-optional = (facultatif)
email-hint = Format attendu : nom@exemple.fr
email-purpose = Elle vous permettra de choisir un nouveau mot de passe en cas d’oubli. Nous y enverrons un courriel, avec un lien pour la confirmer.
email-rejected = Erreur : cette adresse est à revoir
email-missing = Saisissez votre adresse électronique.
email-malformed = Cette adresse électronique est incomplète ou comporte un signe de trop. Exemple : nom@exemple.fr
email-unlikely = Vouliez-vous écrire { $suggestion } ? Si l’adresse que vous avez saisie est la bonne, validez-la à nouveau.
email-too-many-title = Erreur : trop de courriels en peu de temps
email-too-many = Plusieurs courriels ont déjà été envoyés pour confirmer une adresse : rien de plus n’a été enregistré. Suivez le lien du dernier courriel, ou choisissez « Plus tard » : l’adresse vous sera redemandée à la prochaine connexion.
email-proposed = Votre gestionnaire a noté l’adresse { $address }. Est-ce bien la vôtre ?
email-use-suggestion = Utiliser { $suggestion }
mail-address-title = Votre adresse électronique
mail-address-intro = Nous ne connaissons pas encore d’adresse électronique pour vous. Sans elle, en cas d’oubli du mot de passe, il faut appeler votre gestionnaire.
mail-address-submit = Enregistrer et continuer
mail-address-later = Plus tard
confirm-address-title = Confirmez votre adresse électronique
confirm-address-text = Cette adresse est bien la vôtre ?
confirm-address-submit = Oui, confirmer cette adresse
confirm-address-unasked = Vous n’avez rien demandé ? Fermez cette page : l’adresse ne sera pas utilisée.
address-confirmed-title = Votre adresse est confirmée
address-confirmed-text = En cas d’oubli de votre mot de passe, un courriel vous y sera envoyé pour en choisir un nouveau.
address-confirmed-step = Vous pouvez fermer cette page, ou vous connecter.
go-to-sign-in = Me connecter

## Mot de passe oublié

forgotten-title = Mot de passe oublié
forgotten-intro = Indiquez votre identifiant : nous vous disons comment obtenir un nouveau mot de passe.
forgotten-missing = Erreur : il manque votre identifiant
forgotten-submit = Continuer
forgotten-wait = Erreur : trop de demandes en peu de temps
forgotten-wait-text = Attendez { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
  } avant d’en faire une autre.
forgotten-wait-meanwhile = Un courriel vous a déjà été envoyé ? Regardez aussi parmi les courriers indésirables : le lien du dernier courriel reste valable. Sinon, appelez le gestionnaire dont les coordonnées figurent en haut à gauche de votre convocation.
letter-help-identifier-where = Où trouver votre identifiant ?
forgotten-upstream-text = Vous avez saisi l’identifiant d’un personnel de l’académie (messagerie académique ou NUMEN). Son mot de passe se retrouve auprès de { $provider }, pas ici.
forgotten-upstream-otherwise = Si ce n’est pas votre cas, corrigez l’identifiant ci-dessous ; s’il figure tel quel sur votre convocation, validez-le à nouveau.
forgotten-mailed-title = Un courriel vient d’être envoyé
forgotten-mailed-text = Il contient un lien pour choisir un nouveau mot de passe. Ce lien est valable { $life } à partir de l’envoi, et ne sert qu’une fois.
forgotten-mailed-lately-title = Un courriel vous a déjà été envoyé
forgotten-mailed-lately-text = Il est parti il y a moins de cinq minutes, et son lien pour choisir un nouveau mot de passe est toujours valable. Un nouveau courriel pourra être demandé dans cinq minutes.
forgotten-call-title = Appelez votre gestionnaire
forgotten-call-text = Nous ne pouvons pas vous envoyer de courriel avec cet identifiant. Votre gestionnaire peut rétablir votre accès par téléphone. Gardez cette page ouverte pendant l’appel.
forgotten-either-title = Deux façons d’obtenir un nouveau mot de passe
forgotten-either-text = Si une adresse électronique confirmée est connue pour cet identifiant, un courriel y est envoyé. Il contient un lien pour choisir un nouveau mot de passe, valable { $life } à partir de l’envoi.
forgotten-mail-open = Ouvrez ce courriel sur l’appareil de votre choix, puis suivez le lien.
forgotten-mail-spam = Il n’arrive pas ? Attendez quelques minutes, puis regardez parmi les courriers indésirables.
forgotten-mail-lost = Vous n’avez plus accès à cette adresse ? Appelez le gestionnaire dont les coordonnées figurent en haut à gauche de votre convocation.
forgotten-no-mail = Aucun courriel n’arrive ?
forgotten-no-mail-came = Aucun courriel n’est arrivé ?
forgotten-letter = Prenez votre convocation et appelez
forgotten-letter-text = Le nom et le téléphone de votre gestionnaire figurent en haut à gauche. Il vérifie d’abord qui vous êtes.
forgotten-case = Donnez-lui ce numéro de dossier
forgotten-case-text = Il lui permet de retrouver votre demande. Il est valable jusqu’à cette date : { $until }.
telephone-codes = Vérifiez que vous parlez à la bonne personne
telephone-caller-code = Quand il vous le demande, lisez-lui ce code, chiffre par chiffre :
telephone-manager-code = Il doit vous répondre par celui-ci :
telephone-codes-differ = Il dit autre chose ? Raccrochez, et rappelez le numéro imprimé sur votre convocation.
telephone-stay = Tapez le code qu’il vous dicte
telephone-stay-text = Il vous dicte ensuite un autre code, de neuf chiffres. Cette page vous le demande alors d’elle-même.
telephone-continue = Le gestionnaire a un code pour moi : continuer
telephone-case-again = Votre numéro de dossier :
telephone-desk-browser = Ce navigateur sert à l’espace gestionnaires : aucun accès ne peut y être rétabli. Faites votre demande depuis votre téléphone ou votre ordinateur.
telephone-password-intro = Le code était le bon. Choisissez maintenant votre mot de passe : c’est lui qui vous sera demandé les prochaines fois. Les sessions ouvertes avec l’ancien seront fermées.
spoken-code-title = Tapez le code dicté par le gestionnaire
spoken-code-text = Vous choisirez aussitôt votre nouveau mot de passe.
spoken-code-label = Code dicté
spoken-code-hint = Neuf chiffres, par exemple 123 456 789 ; les espaces ne comptent pas
spoken-code-until = Valable jusqu’à : { $at }.
spoken-code-submit = Continuer
spoken-code-slip-title = Erreur : il y a une faute de frappe
spoken-code-slip = Ce code ne peut pas être le bon : il en manque un chiffre, ou deux sont inversés. Demandez au gestionnaire de le redire. Cet essai ne compte pas.
spoken-code-wrong-title = Erreur : ce n’est pas le bon code
spoken-code-wrong = Demandez au gestionnaire de le redire. Il vous reste { $left ->
    [one] un essai
   *[other] { $left } essais
}.
spoken-code-over-title = Erreur : ce code ne peut plus servir
spoken-code-over = Il a été remplacé, il est trop ancien, ou trop de codes différents ont été tapés. Restez en ligne : le gestionnaire peut vous en dicter un autre.
desk-browser-title = Pas sur cet ordinateur
desk-browser-text = Ce navigateur sert à l’espace gestionnaires. Pour que personne ne puisse rétablir un accès à la place d’un autre, aucun mot de passe de convocation, aucun code et aucun lien n’y est accepté.
desk-browser-step = Reprenez sur le téléphone ou l’ordinateur de la personne : son code, son lien ou sa convocation restent valables.
opening-notice-title = Votre accès a été rétabli
opening-notice-telephone = { $at } : un gestionnaire a rétabli votre accès par téléphone.
opening-notice-letter = { $at } : un gestionnaire a imprimé pour vous une convocation avec un mot de passe.
opening-notice-address = { $at } : un gestionnaire a enregistré une adresse électronique pour votre accès.
opening-notice-used = Cet accès a servi : { $at }.
opening-notice-unused = Cet accès n’a pas servi.
opening-notice-yours = C’était à votre demande ? Vous n’avez rien à faire.
opening-notice-not-yours = Ce n’était pas vous ? Changez votre mot de passe dans « Mon compte », et prévenez sans attendre :
opening-notice-continue = Continuer
forgotten-nobody = Le gestionnaire ne répond pas ?
forgotten-nobody-text = Appelez le guichet unique au
forgotten-centrale = Votre convocation porte la mention « EDITE PAR IMAGIN CENTRALE » ?
forgotten-centrale-text = Contactez le gestionnaire DGRH indiqué sur la convocation. Les services de l’académie ne peuvent pas rétablir cet accès.
reset-title = Choisissez un nouveau mot de passe
reset-intro = C’est lui qui vous sera demandé les prochaines fois. Les sessions ouvertes avec l’ancien seront fermées.
reset-submit = Enregistrer ce mot de passe
password-reset-title = Votre nouveau mot de passe est enregistré
password-reset-text = L’ancien ne peut plus servir, et les sessions ouvertes ont été fermées partout.
password-reset-step = Connectez-vous maintenant avec votre identifiant et votre nouveau mot de passe.
dead-reset-link-title = Ce lien ne peut plus servir
dead-reset-link-text = Il a déjà été utilisé, il est trop ancien, un courriel plus récent l’a remplacé, ou il a été coupé en chemin.
dead-reset-link-step = Si vous avez déjà choisi un nouveau mot de passe, connectez-vous. Sinon, demandez un nouveau lien.
dead-confirm-link-title = Ce lien ne peut plus servir
dead-confirm-link-text = L’adresse est peut-être déjà confirmée. Sinon, le lien est trop ancien, un courriel plus récent l’a remplacé, ou il a été coupé en chemin.
dead-confirm-link-step = Connectez-vous : si aucune adresse n’est enregistrée, elle vous sera demandée à nouveau.
dead-link-ask-again = Demander un nouveau lien
dead-request-title = Cette demande n’est plus ouverte
dead-request-text = Une demande plus récente l’a remplacée, un nouveau mot de passe ou une nouvelle convocation y a mis fin, ou elle est trop ancienne.
dead-request-step = Si vous avez déjà un nouveau mot de passe, connectez-vous. Sinon, faites une nouvelle demande.
dead-request-ask-again = Faire une nouvelle demande

## Connexion par un autre service

upstream-unavailable-title = { $provider } ne répond pas
upstream-unavailable-text = Le service de connexion { $provider } est en panne ou trop lent. Vous n’y êtes pour rien, et rien n’est perdu.
upstream-unavailable-step = Attendez une minute, puis réessayez.
upstream-refused-title = La connexion n’a pas abouti
upstream-refused-text = { $provider } n’a pas confirmé votre identité. Cela arrive quand la connexion a été annulée, ou quand le compte n’a pas accès à ce service.
upstream-refused-step = Réessayez. Si cela se répète, vérifiez vos identifiants ou demandez de l’aide.
upstream-untrusted-title = La réponse reçue n’a pas pu être vérifiée
upstream-untrusted-text = { $provider } a envoyé une réponse que nous n’avons pas pu vérifier. Par sécurité, nous n’en avons pas tenu compte.
upstream-untrusted-step = Réessayez. Si cela se répète, appelez l’assistance et donnez la référence ci-dessous.
upstream-other-browser-title = Cette connexion ne peut pas se terminer ici
upstream-other-browser-text = Elle a été commencée dans un autre navigateur, elle a déjà servi, ou elle a duré trop longtemps.
upstream-other-browser-step = Recommencez : cela ne prend qu’un instant.
upstream-retry = Réessayer
upstream-help = Identifiant ou mot de passe perdu ?

## Un autre site

elsewhere-leaving = Ce bouton ouvre un autre site.

## Session ouverte

signed-in-title = Votre session est ouverte
signed-in-name = Nom
signed-in-identifier = Identifiant
signed-in-text = Pour continuer, retournez sur l’application que vous souhaitez utiliser : votre mot de passe ne vous sera pas redemandé.
signed-in-shared = Si cet appareil n’est pas le vôtre, déconnectez-vous avant de partir.
sign-out-button = Me déconnecter

## Mon compte

account-title = Mon compte
account-link = Voir et gérer mon compte
account-back = Revenir à mon compte
account-identity = Votre identité
account-name = Nom
account-identifier = Identifiant
account-place = Connexion
account-place-here = Ici, avec votre identifiant et votre mot de passe
account-place-elsewhere = Par { $provider }
account-authority = Autorité
account-correct-letter = Une erreur ? Ces informations viennent de la liste tenue par votre gestionnaire, qui seul peut les corriger. Appelez-le : ses coordonnées figurent en haut à gauche de votre convocation.
account-correct-desk = Une erreur ? Ces informations viennent de la liste tenue par votre gestionnaire, qui seul peut les corriger. Contactez-le :
account-correct-elsewhere = Une erreur ? Ces informations viennent de { $provider }. Contactez le service qui gère votre dossier : une fois corrigées là-bas, elles le seront ici à votre prochaine connexion.

account-address = Votre adresse électronique
account-address-confirmed = confirmée
account-address-waiting = à confirmer
account-address-waiting-text = Ouvrez le lien du courriel envoyé à cette adresse. Rien reçu ? Regardez parmi les courriers indésirables, ou demandez un nouvel envoi.
account-address-send-again = Renvoyer le courriel
account-address-none = Nous n’en connaissons aucune. Si vous oubliez votre mot de passe, il vous faudra appeler votre gestionnaire.
account-address-proposed = Votre gestionnaire a noté l’adresse { $address }. Si c’est bien la vôtre, indiquez-la ici ; sinon, ne faites rien.
account-address-why = Elle sert à choisir un nouveau mot de passe si vous oubliez le vôtre.
account-address-elsewhere = Elle vient de { $provider } : c’est là qu’elle se change.
account-address-give = Indiquer une adresse
account-address-change = Changer d’adresse
account-address-current = Adresse actuelle :
account-address-intro = Un courriel sera envoyé à la nouvelle adresse. Ouvrez le lien qu’il contient : elle servira à partir de ce moment.
account-address-label = Nouvelle adresse électronique
account-address-format = Format attendu : nom@exemple.fr
account-address-submit = Enregistrer
account-address-remove = Supprimer mon adresse
account-address-remove-text = Pour supprimer l’adresse, saisissez seulement votre mot de passe. Ensuite, seul votre gestionnaire pourra vous aider en cas d’oubli.
account-address-fault-title = Erreur : cette adresse ne convient pas
account-address-fault = Aucun courriel ne peut être envoyé à cette adresse. Vérifiez-la : elle ressemble à nom@exemple.fr.

account-password = Votre mot de passe
account-password-since = Choisi le { $day }.
account-password-elsewhere = C’est celui de { $provider } : il ne se change pas ici.
account-password-change = Changer de mot de passe
account-password-title = Changer de mot de passe
account-password-intro = Vos sessions sur d’autres appareils seront fermées, et les applications devront vous demander de vous reconnecter. Vous restez connecté ici.
account-password-submit = Changer le mot de passe
current-password-label = Mot de passe actuel
current-password-missing-title = Erreur : il manque votre mot de passe actuel
current-password-missing = Saisissez le mot de passe avec lequel vous vous êtes connecté.
current-password-wrong-title = Erreur : le mot de passe actuel n’est pas le bon
current-password-wrong = Rien n’a été changé. Saisissez le mot de passe avec lequel vous vous êtes connecté. Vous l’avez oublié ? Déconnectez-vous, puis choisissez « Mot de passe oublié ? ».

account-sessions = Vos sessions ouvertes
account-sessions-text = Les appareils sur lesquels vous êtes connecté. Fermez celles que vous ne reconnaissez pas, puis changez de mot de passe.
account-device = { $browser } sur { $system }
account-device-system = Navigateur inconnu sur { $system }
account-device-unknown = Appareil inconnu
account-session-here = cet appareil
account-session-began = Ouverte le { $moment }
account-session-used = Utilisée en dernier le { $moment }
account-session-end = Fermer la session
account-session-which = de { $device }, ouverte le { $moment }
account-sessions-end-others = Fermer toutes les autres sessions
account-sessions-lost = Un appareil perdu, un doute ?
account-sessions-end-all-text = Vous pouvez tout fermer d’un coup : toutes vos sessions, celle-ci comprise, et tous les accès donnés aux applications, même ceux qui durent en votre absence. Il faudra vous reconnecter partout.
account-sessions-end-all = Tout fermer, partout

account-consents = Les applications autorisées
account-consents-text = Ces applications utilisent votre compte avec votre accord. Vous pouvez le retirer : elles n’auront plus accès à rien, et devront vous le redemander.
account-consent-since = Autorisée le { $day }
account-consent-withdraw = Retirer l’autorisation
account-consent-which = de { $client }

account-activity = Activité récente
account-activity-none = Rien pour le moment.
account-activity-when = Quand
account-activity-what = Quoi
account-activity-not-you = Vous n’êtes pas à l’origine de tout cela ? Changez de mot de passe, puis prévenez votre gestionnaire.
account-event-created = Création de votre compte
account-event-updated = Mise à jour de vos informations
account-event-signed-in = Connexion réussie
account-event-letter-issued = Envoi d’une convocation
account-event-letter-without-password = Envoi d’une convocation sans mot de passe
account-event-letter-voided = Annulation d’une convocation
account-event-letter-used = Première connexion et choix du mot de passe personnel
account-event-password-changed = Changement du mot de passe
account-event-password-reset = Nouveau mot de passe après un oubli
account-event-recovery-asked = Demande pour mot de passe oublié
account-event-address-given = Adresse électronique indiquée, à confirmer
account-event-address-confirmed = Adresse électronique confirmée
account-event-address-set = Adresse électronique enregistrée par l’administration
account-event-address-removed = Adresse électronique supprimée
account-event-consent-given = Autorisation donnée à une application
account-event-consent-withdrawn = Autorisation retirée à une application
account-event-session-ended = Fermeture d’une session
account-event-session-ended-others = Fermeture de toutes les autres sessions
account-event-access-ended = Fermeture de toutes les sessions et de tous les accès
account-event-unlocked = Fin d’une attente après des mots de passe erronés
account-event-disabled = Compte désactivé
account-event-enabled = Compte réactivé
account-event-deleted = Compte supprimé
account-event-deletion-announced = Annonce de la suppression d’un compte inutilisé
account-event-address-proposed = Adresse électronique proposée par l’administration
account-event-proposal-withdrawn = Proposition d’adresse électronique retirée
account-event-reset-link-sent = Lien pour un nouveau mot de passe envoyé à votre adresse
account-event-mail-retried = Courriel envoyé à nouveau
account-event-absorbed = Réunion d’une autre fiche à votre compte
account-event-merged = Réunion de ce compte à un autre
account-event-separated = Séparation de deux fiches réunies
account-event-looked = Consultation par votre autorité
account-event-searched = Recherche par votre autorité
account-event-access-opened = Accès rétabli par un gestionnaire de votre autorité
account-event-opening-asked = Demande d’un gestionnaire pour rétablir votre accès
account-event-opening-agreed = Accord d’un second gestionnaire pour rétablir votre accès
account-event-opening-used = Utilisation de l’accès rétabli par un gestionnaire
account-event-case-taken = Demande prise en charge par un gestionnaire
account-event-case-released = Demande laissée à un autre gestionnaire
account-event-manager-named = Désignation comme gestionnaire
account-event-manager-dismissed = Fin de la désignation comme gestionnaire
account-event-sign-in-failed = Tentative de connexion refusée
account-event-audit-read = Consultation de l’historique par un responsable de votre autorité
account-event-audit-exported = Extraction de l’historique par un responsable de votre autorité
account-event-chain-begun = Nouveau départ du journal

account-done-password = Votre mot de passe est changé. Vos autres sessions sont fermées, et les applications devront vous reconnecter.
account-done-address = Un courriel vous est envoyé. Ouvrez le lien qu’il contient pour confirmer l’adresse.
account-done-too-many-mails = Plusieurs courriels ont déjà été demandés : rien de plus n’a été envoyé. Attendez une heure, puis recommencez.
account-done-address-removed = Votre adresse électronique est supprimée.
account-done-session = La session est fermée.
account-done-others = Toutes vos autres sessions sont fermées.
account-done-consent = L’autorisation est retirée.
account-done-nothing = Il n’y avait rien à faire : c’était déjà fait.
account-done-stale = Rien n’a été changé : la page que vous avez utilisée n’était plus à jour. Recommencez à partir de celle-ci.
account-closed-title = Tout est fermé
account-closed-text = Vos sessions sont fermées sur tous les appareils, et aucune application n’a plus accès à votre compte.
account-closed-step = Reconnectez-vous quand vous voulez. Si vous avez un doute, changez alors de mot de passe.

## Autorisation

consent-title = Autoriser { $client } ?
consent-intro = L’application { $client } demande à utiliser votre compte.
consent-account = Votre compte
consent-site = Site de l’application
consent-host = Vous reviendrez sur
consent-policy = Ce que { $client } fait de vos données (nouvelle fenêtre)
consent-terms = Conditions d’utilisation de { $client } (nouvelle fenêtre)
consent-list = Si vous acceptez, l’application pourra :
consent-password = Votre mot de passe ne lui est jamais communiqué.
consent-allow = Autoriser
consent-deny = Refuser
permission-openid = vous reconnaître d’une fois à l’autre
permission-profile = connaître votre nom et votre profil
permission-email = connaître votre adresse électronique
permission-phone = connaître votre numéro de téléphone
permission-address = connaître votre adresse postale
permission-imagin = connaître votre situation, l’autorité dont vous dépendez et l’identifiant de votre convocation
permission-offline-access = garder cet accès quand vous n’êtes pas là

## Retour à l’application

form-post-title = Retour à { $client }
form-post-text = Votre navigateur vous y conduit. S’il ne se passe rien, utilisez ce bouton.
form-post-button = Continuer

## Déconnexion

sign-out-title = Voulez-vous vous déconnecter ?
sign-out-by = La demande vient de l’application { $client }.
sign-out-account = Session ouverte au nom de { $name }.
sign-out-text = Toutes les applications ouvertes avec cette session se fermeront aussi.
sign-out-stay = Garder ma session ouverte
signed-out-title = Votre session est fermée
signed-out-text = Vous pouvez fermer cette page. Sur un ordinateur partagé, fermez aussi toutes les fenêtres du navigateur.
signed-out-onward = Encore un instant : la déconnexion se termine aussi dans vos autres applications. Si rien ne se passe, choisissez « Continuer ».
signed-out-continue = Continuer
signed-out-frame = Fermeture de votre session dans une application
signed-out-return = Revenir à { $client }

## Quand quelque chose ne va pas

problem-not-found-title = Page introuvable
problem-not-found-text = Cette adresse ne mène à aucune page. Elle a peut-être été recopiée avec une erreur.
problem-not-found-step = Vérifiez l’adresse, ou repartez de l’application que vous souhaitez utiliser.
problem-method-not-allowed-title = Cette page ne s’ouvre pas ainsi
problem-method-not-allowed-text = L’adresse existe, mais elle a été demandée d’une façon qui n’est pas prévue.
problem-method-not-allowed-step = Revenez à la page précédente et servez-vous de ses boutons.
problem-bad-request-title = Demande incomprise
problem-bad-request-text = La demande que nous avons reçue est incomplète ou mal formée.
problem-bad-request-step = Retournez sur l’application d’où vous veniez et recommencez. Si cela se répète, appelez l’assistance.
problem-too-large-title = Envoi trop volumineux
problem-too-large-text = Le formulaire reçu contient beaucoup plus de texte que prévu.
problem-too-large-step = Revenez à la page précédente, effacez ce qui a pu être collé par erreur, puis recommencez.
problem-cross-site-title = Demande refusée par sécurité
problem-cross-site-text = Ce formulaire n’a pas été envoyé depuis nos pages, mais depuis un autre site.
problem-cross-site-step = Repartez de l’application que vous souhaitez utiliser, puis recommencez.
problem-unknown-client-title = Application inconnue
problem-unknown-client-text = L’application qui vous envoie ici n’est pas enregistrée auprès de notre service.
problem-unknown-client-step = Vérifiez l’adresse de départ sur votre convocation. Si elle est juste, appelez l’assistance.
problem-unregistered-redirect-title = Retour impossible vers l’application
problem-unregistered-redirect-text = L’application veut vous renvoyer vers une adresse qui n’est pas enregistrée. Pour votre sécurité, nous ne vous y envoyons pas.
problem-unregistered-redirect-step = Repartez de l’adresse habituelle de l’application. Si cela se répète, appelez l’assistance.
problem-request-from-elsewhere-title = Connexion commencée ailleurs
problem-request-from-elsewhere-text = Cette connexion a été commencée dans un autre navigateur ou sur un autre appareil, ou bien les cookies ont été effacés depuis.
problem-request-from-elsewhere-step = Retournez sur l’application et recommencez ici, depuis le début.
problem-request-expired-title = Cette demande de connexion a expiré
problem-request-expired-text = Elle a été commencée il y a plus de 20 heures.
problem-request-expired-step = Retournez sur l’application et recommencez : vos identifiants n’ont pas changé.
problem-request-used-title = Cette demande de connexion n’est plus valable
problem-request-used-text = Elle a déjà servi, ou elle attend depuis trop longtemps.
problem-request-used-step = Retournez sur l’application et recommencez : vos identifiants n’ont pas changé.
problem-busy-title = Beaucoup de monde en ce moment
problem-busy-text = Le service est très demandé et n’a pas pu traiter votre demande. Rien n’est perdu.
problem-busy-step = Attendez quelques secondes, puis recommencez.
problem-unavailable-title = Le service rencontre une difficulté
problem-unavailable-text = Une panne de notre côté empêche de traiter votre demande. Vous n’y êtes pour rien.
problem-unavailable-step = Réessayez dans quelques minutes. Si la panne dure, appelez l’assistance.
problem-application-disabled-title = Application fermée
problem-application-disabled-text = Il n’est pas possible de se connecter à cette application pour le moment.
problem-application-disabled-step = Réessayez plus tard, ou appelez l’assistance pour savoir quand elle rouvrira.

## Lettres à imprimer

sheet-file-title = Lettres – { $authority }
sheet-title = Vos identifiants pour « { $service } »
sheet-telephone = Téléphone : { $number }
sheet-mail = Courriel : { $address }
sheet-identifier = Votre identifiant
sheet-password = Votre mot de passe temporaire
sheet-until = Valable jusqu’au { $date }
sheet-own-password = Vous avez déjà un mot de passe personnel
sheet-own-password-hint = Utilisez-le : il n’a pas changé.
sheet-how = Pour vous connecter
sheet-step-open = Ouvrez cette adresse, ou photographiez le code ci-contre :
sheet-step-situation = Si votre situation vous est demandée, indiquez que vous êtes intervenant extérieur.
sheet-step-temporary = Saisissez votre identifiant et votre mot de passe temporaire. Majuscules, minuscules, espaces et tirets n’ont pas d’importance.
sheet-step-choose = Choisissez votre mot de passe personnel. Il remplace aussitôt celui de cette lettre.
sheet-step-personal = Saisissez votre identifiant et votre mot de passe personnel.
sheet-forgotten = Mot de passe oublié ? La page de connexion vous aide ; sinon, appelez le service dont les coordonnées figurent en haut à gauche.
sheet-in-english = To sign in, open the address above, then type your identifier and your temporary password.
sheet-own-in-english = To sign in, open the address above, then type your identifier and your own password.
sheet-code = L’adresse ci-contre, à photographier
sheet-keep = Ne communiquez votre mot de passe à personne, pas même par téléphone.
sheet-number = Lettre n° { $number }
# Les titres des onze colonnes du fichier de publipostage, séparés par des points-virgules.
sheet-csv-headings = numero_lettre; autorite; service; telephone; courriel; prenom; nom; identifiant; mot_de_passe_temporaire; valable_jusqu_au; adresse

## Dates

date = { $day } { $month } { $year }
date-first-day = 1er { $month } { $year }
date-and-time = { $date } à { $hour } h { $minute }
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
duration-minutes = { $number ->
    [one] une minute
   *[other] { $number } minutes
  }
duration-hours = { $number ->
    [one] une heure
   *[other] { $number } heures
  }
duration-days = { $number ->
    [one] un jour
   *[other] { $number } jours
  }

## Courriels

mail-greeting = Bonjour { $name },
mail-telephone = Besoin d’aide ? Le guichet unique vous répond au { $telephone }.
mail-link-below = Si le bouton ne s’ouvre pas, recopiez cette adresse dans votre navigateur :
mail-no-answer = Ce courriel est envoyé automatiquement : personne ne lit les réponses.
mail-life = Ce lien est valable { $life } et ne sert qu’une fois.
mail-reset-password-subject = Choisir un nouveau mot de passe – { $service }
mail-reset-password-intro = Vous avez indiqué avoir oublié votre mot de passe pour « { $service } ». Pour en choisir un nouveau, ouvrez ce lien, sur l’appareil de votre choix.
mail-reset-password-action = Choisir un nouveau mot de passe
mail-reset-password-unasked = Vous n’avez rien demandé ? Ne faites rien : votre mot de passe ne change pas.
mail-confirm-address-subject = Confirmer votre adresse électronique – { $service }
mail-confirm-address-intro = Cette adresse a été indiquée pour votre compte « { $service } ». Confirmez-la : elle vous permettra de choisir un nouveau mot de passe en cas d’oubli.
mail-confirm-address-action = Confirmer mon adresse
mail-confirm-address-unasked = Vous n’êtes pas à l’origine de cette demande ? Ne faites rien : l’adresse ne sera pas utilisée.
mail-address-changed-subject = Votre adresse électronique a changé – { $service }
mail-address-changed-intro = L’adresse de votre compte « { $service } » est désormais { $address }. Les prochains courriels y seront envoyés.
mail-address-changed-unasked = Vous n’êtes pas à l’origine de ce changement ? Appelez sans attendre votre gestionnaire, dont les coordonnées figurent en haut à gauche de votre convocation.
mail-address-removed-subject = Votre adresse électronique est supprimée – { $service }
mail-address-removed-intro = Cette adresse ne figure plus dans votre compte « { $service } » : plus aucun courriel n’y sera envoyé.
mail-address-removed-unasked = Vous n’êtes pas à l’origine de ce changement ? Appelez sans attendre votre gestionnaire, dont les coordonnées figurent en haut à gauche de votre convocation.
mail-address-registered-subject = Votre adresse électronique est enregistrée – { $service }
mail-address-registered-intro = { $authority } a enregistré cette adresse pour l’accès de l’identifiant { $identifier } à « { $service } ». Elle permettra de choisir un nouveau mot de passe en cas d’oubli.
mail-address-registered-unasked = Cet identifiant n’est pas le vôtre ? Écrivez ou téléphonez à ce service, qui retirera votre adresse : { $contact }.
mail-address-proposed-subject = Une autre adresse électronique est proposée – { $service }
mail-address-proposed-intro = { $authority } propose l’adresse { $address } pour votre compte « { $service } ». Rien ne change tant que vous ne l’avez pas reprise vous-même en vous connectant.
mail-address-proposed-unasked = Cette adresse n’est pas la vôtre ? Prévenez ce service : { $contact }.
mail-address-noted-subject = Votre adresse électronique est notée – { $service }
mail-address-noted-intro = { $authority } a noté cette adresse pour l’identifiant { $identifier } de « { $service } ». Elle servira quand la personne l’aura confirmée, à sa prochaine connexion.
mail-address-noted-unasked = Cet identifiant n’est pas le vôtre ? Prévenez ce service, qui retirera votre adresse : { $contact }.
mail-records-merged-subject = Vos deux identifiants n’en font plus qu’un – { $service }
mail-records-merged-intro = { $authority } a réuni deux fiches de « { $service } ». Connectez-vous désormais avec l’identifiant { $kept } et son mot de passe ; l’identifiant { $absorbed } mène au même compte, et son ancien mot de passe ne sert plus.
mail-records-merged-unasked = Ces deux identifiants ne sont pas les vôtres ? Prévenez sans attendre ce service : { $contact }.
mail-access-opened-subject = Un gestionnaire rétablit votre accès – { $service }
mail-access-opened-intro = Un gestionnaire de { $authority } vient de rétablir l’accès de l’identifiant { $identifier } à « { $service } » : la personne qui en fera usage choisira un nouveau mot de passe.
mail-access-opened-unasked = Vous n’avez rien demandé ? Appelez ou écrivez sans attendre : { $contact }.
mail-password-changed-subject = Votre mot de passe a changé – { $service }
mail-password-changed-intro = Le mot de passe de votre compte « { $service } » vient d’être changé.
mail-password-changed-unasked = Vous n’êtes pas à l’origine de ce changement ? Appelez sans attendre votre gestionnaire, dont les coordonnées figurent en haut à gauche de votre convocation.

## A device without a keyboard

device-title = Connecter un appareil
device-intro = Recopiez le code que l’appareil affiche.
device-code-label = Code affiché sur l’appareil
device-code-hint = Huit lettres, par exemple WDJB‑MJHT. Majuscules, espaces et tirets n’ont pas d’importance.
device-warning = Ne continuez que si vous avez cet appareil sous les yeux. Si quelqu’un vous a envoyé un code, fermez cette page.
device-submit = Continuer
device-malformed = Erreur : ce code n’est pas complet
device-malformed-text = Un code a huit lettres, sans voyelle ni chiffre. Comparez-le avec celui de l’appareil.
device-unknown = Erreur : aucun appareil n’attend avec ce code
device-unknown-text = Vérifiez le code sur l’appareil. Il change au bout de dix minutes et ne sert qu’une fois.
device-wait = Erreur : trop de codes essayés
device-wait-text = { $minutes ->
    [one] Attendez une minute, puis recopiez le code que l’appareil affiche.
   *[other] Attendez { $minutes } minutes, puis recopiez le code que l’appareil affiche.
}
device-confirm-title = Autoriser { $client } sur un appareil ?
device-confirm-intro = Un appareil demande à utiliser votre compte pour { $client }.
device-confirm-code = Code de l’appareil
device-confirm-warning-title = Est-ce bien votre appareil ?
device-confirm-warning = N’acceptez que si vous avez lancé vous-même cette demande et que l’appareil devant vous affiche ce code. Sinon, refusez : quelqu’un d’autre essaie peut-être d’entrer avec votre compte.
device-allowed-title = L’appareil est autorisé
device-allowed-text = Vous pouvez fermer cette page et continuer sur l’appareil avec { $client }.
device-allowed-step = Voir et retirer les accès de mon compte
device-denied-title = L’appareil est refusé
device-denied-text = { $client } n’a rien reçu de votre compte. Vous pouvez fermer cette page.

# The managers' desk

desk-title = Espace gestionnaires
desk-nav = Parties de l’espace gestionnaires
desk-people = Intervenants
desk-choice = Pour quelle autorité travaillez-vous ?

desk-sentence = { $state }, { $address }.
desk-access-disabled = Accès désactivé le { $day }
desk-access-no-password = Aucun mot de passe
desk-access-voided = Convocation annulée le { $day }, plus aucun mot de passe
desk-access-personal = Mot de passe personnel depuis le { $day }
desk-access-temporary = Mot de passe temporaire établi le { $day }, jamais utilisé
desk-access-printed = Mot de passe temporaire imprimé le { $day }, jamais utilisé, valable jusqu’au { $until }
desk-access-printed-expired = Mot de passe temporaire imprimé le { $day }, jamais utilisé, périmé depuis le { $until }
desk-access-drawn = Mot de passe temporaire établi le { $day }, jamais imprimé, valable jusqu’au { $until }
desk-access-drawn-expired = Mot de passe temporaire établi le { $day }, jamais imprimé, périmé depuis le { $until }
desk-address-unknown = adresse électronique inconnue
desk-address-waiting = adresse électronique à confirmer
desk-address-proposed = adresse électronique proposée
desk-address-unconfirmed = adresse électronique venue d’une liste
desk-address-confirmed = adresse électronique confirmée
desk-next-wait = Après des essais erronés, il faut attendre jusqu’au { $moment }. Si vous avez reconnu la personne, levez l’attente.
desk-next-disabled = Personne ne peut se connecter. Pour rendre l’accès, réactivez-le.
desk-next-letter = Il faut une nouvelle convocation avec un mot de passe.
desk-next-temporary = La personne se connecte avec le mot de passe de sa convocation, puis choisit le sien.
desk-next-personal = En cas d’oubli, la page de connexion envoie un lien par courriel : « Mot de passe oublié ? ».
desk-next-personal-without-mail = En cas d’oubli, il faut un dépannage par téléphone ou une nouvelle convocation.

desk-identifier = Identifiant
desk-address = Adresse électronique
desk-letters = Convocations
desk-last-sign-in = Dernière connexion
desk-sessions = Sessions ouvertes
desk-case = Demande en cours
desk-alias = Autre identifiant
desk-made-on = Fiche créée le
desk-none = aucune
desk-mark-confirmed = confirmée par la personne
desk-mark-unconfirmed = non confirmée
desk-mark-waiting = à confirmer par la personne
desk-mark-proposed = proposée, à reprendre par la personne
desk-letter-issued = établie le { $day }
desk-letter-printed = imprimée le { $day }
desk-letter-used = utilisée le { $day }
desk-letter-expired = périmée depuis le { $day }
desk-letter-voided = annulée le { $day }
desk-earlier-letters = { $number ->
    [one] et une plus ancienne
   *[other] et { $number } plus anciennes
  }

desk-acts = Aider
desk-acts-case = Motif noté : demande n° { $number }
desk-reason = Motif
desk-reason-hint = En quelques mots. Il reste dans l’historique.
desk-new-address = Nouvelle adresse électronique
desk-act-unlock = Lever l’attente
desk-act-unlock-text = Les essais erronés sont oubliés : la personne peut essayer aussitôt.
desk-act-unlock-submit = Lever l’attente
desk-act-reset-link = Envoyer le lien de mot de passe
desk-act-reset-link-text = Un courriel part à l’adresse confirmée, avec un lien pour choisir un nouveau mot de passe.
desk-act-reset-link-submit = Envoyer le lien
desk-act-propose-address = Proposer une adresse électronique
desk-act-propose-address-text = La personne la reprend elle-même en se connectant. D’ici là, rien de ce qui ouvre l’accès n’y est envoyé. L’ancienne adresse et la nouvelle sont prévenues.
desk-act-propose-address-submit = Proposer l’adresse
desk-act-withdraw-proposal = Retirer l’adresse proposée
desk-act-withdraw-proposal-text = La personne ne la verra plus en se connectant.
desk-act-withdraw-proposal-submit = Retirer la proposition
desk-act-remove-address = Supprimer l’adresse électronique
desk-act-remove-address-text = Plus aucun courriel n’y part, et elle en est prévenue. La personne devra l’indiquer et la confirmer à nouveau : cela ne s’annule pas.
desk-act-remove-address-submit = Supprimer l’adresse
desk-act-end-sessions = Fermer toutes les sessions
desk-act-end-sessions-text = La personne devra se reconnecter partout. Son mot de passe ne change pas.
desk-act-end-sessions-submit = Tout fermer
desk-act-disable = Désactiver l’accès
desk-act-disable-text = Plus personne ne peut se connecter avec cet identifiant, et tout ce qui est ouvert se ferme.
desk-act-disable-submit = Désactiver
desk-act-enable = Réactiver l’accès
desk-act-enable-text = Le mot de passe d’avant fonctionne à nouveau. Ce qui a été fermé le reste.
desk-act-enable-submit = Réactiver
desk-missing = { $act } : { $why }
desk-why-disabled = l’accès est désactivé.
desk-why-no-confirmed-address = aucune adresse n’a été confirmée par la personne.
desk-why-no-mail = aucun courriel ne peut partir d’ici.
desk-why-nothing = il n’y a rien à faire.
desk-undo = Annuler
desk-undo-reason = Annulation de l’action précédente
desk-done-unlocked = L’attente est levée.
desk-done-reset-link-sent = Le courriel avec le lien part à l’adresse confirmée.
desk-done-address-proposed = L’adresse est proposée. La personne la reprendra en se connectant.
desk-done-proposal-withdrawn = L’adresse n’est plus proposée.
desk-done-address-removed = L’adresse est supprimée.
desk-done-sessions-ended = Toutes les sessions et tous les accès sont fermés.
desk-done-disabled = L’accès est désactivé.
desk-done-enabled = L’accès est réactivé.
desk-done-mail-retried = Le courriel repart.
desk-done-merged = Les deux fiches n’en font plus qu’une.
desk-done-separated = L’autre fiche est rétablie, sans mot de passe : il lui faut une nouvelle convocation.
desk-done-nothing = Il n’y avait rien à faire : c’était déjà fait, ou un courriel est parti il y a moins de cinq minutes.
desk-not-done = Erreur : rien n’a été fait
desk-no-reason = Indiquez le motif, en 3 à 200 caractères.
desk-no-address = Aucun courriel ne peut être envoyé à cette adresse. Vérifiez-la : elle ressemble à nom@exemple.fr.
desk-unlocked-often = L’attente a déjà été levée deux fois depuis hier. Aidez plutôt la personne par téléphone, ou avec une nouvelle convocation.
desk-meanwhile = La fiche a changé depuis que vous l’avez ouverte. La voici à jour : vérifiez, puis recommencez si c’est encore utile. Entre-temps :

desk-history = Historique
desk-older = Plus ancien
desk-latest = Revenir au plus récent
desk-by = par { $name }
desk-by-operator = l’exploitation
desk-by-import = une liste
desk-by-retention = le nettoyage automatique
desk-by-other = une autre autorité
desk-event-created = Fiche créée
desk-event-updated = Fiche mise à jour
desk-event-signed-in = Connexion réussie
desk-event-letter-issued = Convocation établie
desk-event-letter-without-password = Convocation établie, sans mot de passe
desk-event-letter-voided = Convocation annulée
desk-event-letter-used = Première connexion, mot de passe personnel choisi
desk-event-password-changed = Mot de passe changé
desk-event-password-reset = Nouveau mot de passe après un oubli
desk-event-recovery-asked = Mot de passe oublié : demande d’aide
desk-event-address-given = Adresse indiquée, à confirmer
desk-event-address-confirmed = Adresse confirmée
desk-event-address-set = Adresse enregistrée
desk-event-address-removed = Adresse supprimée
desk-event-address-proposed = Adresse proposée
desk-event-proposal-withdrawn = Proposition d’adresse retirée
desk-event-reset-link-sent = Lien de mot de passe envoyé
desk-event-mail-retried = Courriel renvoyé
desk-event-absorbed = Autre fiche réunie à celle-ci
desk-event-merged = Fiche réunie à une autre
desk-event-separated = Fiches à nouveau séparées
desk-event-consent-given = Autorisation donnée à une application
desk-event-consent-withdrawn = Autorisation retirée à une application
desk-event-session-ended = Session fermée
desk-event-session-ended-others = Toutes les autres sessions fermées
desk-event-access-ended = Toutes les sessions et tous les accès fermés
desk-event-unlocked = Attente levée
desk-event-disabled = Accès désactivé
desk-event-enabled = Accès réactivé
desk-event-deleted = Fiche supprimée
desk-event-deletion-announced = Suppression annoncée
desk-event-letter-printed = Convocation imprimée
desk-event-list-brought = Liste vérifiée
desk-event-list-imported = Liste importée
desk-event-list-withdrawn = Liste écartée
desk-event-report-taken = Compte rendu téléchargé
desk-event-batch-asked = Convocations d’un lot émises à nouveau
desk-event-looked = Fiche consultée
desk-event-searched = Recherche
desk-event-access-opened = Accès rétabli
desk-event-opening-asked = Accord d’un second gestionnaire demandé
desk-event-opening-agreed = Accord d’un second gestionnaire donné
desk-event-opening-used = Accès rétabli utilisé
desk-event-case-taken = Demande prise en charge
desk-event-case-released = Demande laissée à d’autres
desk-event-manager-named = Désignation comme gestionnaire
desk-event-manager-dismissed = Fin de la désignation
desk-event-sign-in-failed = Connexion refusée
desk-event-audit-read = Lecture du journal
desk-event-audit-exported = Extraction du journal
desk-event-chain-begun = Nouveau départ du journal scellé
desk-mail-row = Courriel : { $kind }, { $state }
desk-mail-reset-password = lien de mot de passe
desk-mail-confirm-address = confirmation de l’adresse
desk-mail-address-changed = changement d’adresse
desk-mail-address-removed = suppression de l’adresse
desk-mail-address-registered = adresse enregistrée
desk-mail-address-proposed = adresse proposée
desk-mail-address-noted = adresse notée
desk-mail-records-merged = fiches réunies
desk-mail-access-opened = accès rétabli
desk-mail-password-changed = mot de passe changé
desk-mail-waiting = en attente
desk-mail-sending = en cours d’envoi
desk-mail-sent = envoyé
desk-mail-failed = abandonné
desk-mail-retry = Renvoyer ce courriel
desk-trouble-recipient = L’adresse est refusée par son serveur ({ $error }).
desk-trouble-server = Le serveur de courriel ne répond pas ({ $error }).
desk-trouble-other = L’envoi a échoué ({ $error }).

desk-telephone-link = Dépanner par téléphone
desk-merge-link = Réunir avec une autre fiche
desk-merge-title = Réunir deux fiches d’une même personne
desk-merge-intro = Cherchez l’autre fiche de la même personne par son identifiant, ou par le numéro d’une convocation.
desk-merge-other = Identifiant ou numéro de convocation
desk-merge-find = Chercher
desk-merge-nobody = Aucune autre fiche ne correspond. Vérifiez l’identifiant ou le numéro.
desk-merge-same = C’est déjà la même fiche.
desk-merge-kept-disabled = La fiche la plus ancienne, qui resterait, est désactivée. Réactivez-la d’abord.
desk-merge-both-in-use = On s’est connecté avec chacune de ces fiches depuis moins de 30 jours : ce sont sans doute deux personnes. Si ce n’en est qu’une, désactivez la fiche en trop.
desk-merge-kept = Cette fiche reste
desk-merge-absorbed = Cette fiche disparaît dans l’autre
desk-merge-text = La fiche la plus ancienne reste, avec son mot de passe et son adresse. L’autre perd son mot de passe, ses sessions se ferment, ses convocations sont annulées ; son identifiant mène désormais à la fiche qui reste. Les deux adresses sont prévenues.
desk-merge-submit = Réunir les deux fiches
desk-separate = Séparer à nouveau
desk-separate-text = L’autre fiche revient sans mot de passe : il lui faudra une nouvelle convocation.

# The desk: what supervisors see

desk-statistics = Statistiques
desk-audit = Journal
desk-managers = Gestionnaires

audit-text = Qui a vu et fait quoi, dans votre autorité seulement. Votre consultation est elle-même notée.
audit-person = Intervenant (identifiant)
audit-by = Fait par
audit-anybody = tous
audit-kind = Événement
audit-anything = tous
audit-from = Du
audit-to = Au
audit-filter = Filtrer
audit-latest = Revenir aux plus récents
audit-nothing = Aucun événement ne correspond.
audit-when = Quand
audit-what = Quoi
audit-whom = Qui est concerné
audit-who = Par qui
audit-why = Motif
audit-older = Événements plus anciens
audit-export = Extraire
audit-export-text = Les événements choisis ci-dessus, dans un fichier. Il désigne les personnes par leur numéro interne, jamais par leur nom.
audit-export-csv = Tableur (CSV)
audit-export-jsonl = JSON Lines

audit-actor-person = la personne
audit-actor-operator = l’exploitant
audit-actor-import = l’import d’une liste
audit-actor-retention = la conservation
audit-actor-manager = un gestionnaire
audit-actor-application = une application

refusal-wrong-password = mot de passe erroné
refusal-temporary-expired = mot de passe de la convocation périmé
refusal-typing-slip = faute de frappe dans le mot de passe de la convocation
refusal-disabled = compte désactivé
refusal-waiting = trop de tentatives, attente en cours

statistics-span = Période
statistics-span-days = 30 jours
statistics-span-season = Depuis le début de la saison
statistics-span-months = 12 mois
statistics-unit-day = Jour
statistics-unit-week = Semaine commençant le
statistics-unit-month = Mois
statistics-table = Voir les chiffres
statistics-nothing = Rien sur cette période.
statistics-sign-ins = Connexions
statistics-sign-ins-about = Nombre de connexions réussies, empilées par situation.
statistics-other-doors = Situation non précisée
statistics-letters = Convocations et premières connexions
statistics-letters-about = Nombre de convocations éditées avec un mot de passe temporaire et de premières connexions avec celui-ci, empilés. Les convocations des personnes qui ont déjà leur mot de passe ne sont pas comptées.
statistics-letters-issued = Convocations avec mot de passe
statistics-letters-used = Premières connexions
statistics-failures = Connexions refusées
statistics-failures-about = Nombre de connexions refusées à des intervenants connus, empilées par motif.
statistics-cases = Mots de passe oubliés
statistics-cases-about = Nombre de demandes pour mot de passe oublié et de nouveaux mots de passe choisis ensuite, empilés.
statistics-cases-asked = Demandes
statistics-cases-reset = Nouveaux mots de passe
statistics-waiting = { $number ->
    [0] Aucune demande pour mot de passe oublié n’attend un gestionnaire.
    [one] Une demande pour mot de passe oublié attend un gestionnaire.
   *[other] { $number } demandes pour mot de passe oublié attendent un gestionnaire.
  }

managers-name = Désigner un gestionnaire
managers-name-text = La personne se connecte avec son compte académique à l’adresse { $address }, y obtient un code et vous le lit.
managers-code = Code lu par la personne
managers-code-submit = Voir de qui il s’agit
managers-all = Qui a accès à cet espace
managers-you = vous
managers-disabled = compte désactivé
managers-named-by = Désignation le { $day } par { $name }
managers-named-by-operator = Désignation le { $day } par l’exploitant
managers-claimed = Par sa fonction dans { $provider }. Pour retirer cet accès, faites corriger la fonction dans { $provider }.
managers-audit = Voir ses actes
managers-dismiss = Retirer l’accès
managers-which = de { $name }
managers-outcome-named = La personne a maintenant accès à cet espace.
managers-outcome-dismissed = La personne n’a plus accès à cet espace, dès maintenant.
managers-outcome-nothing = Rien n’a été changé : cette personne n’avait pas été désignée, ou ne l’est plus.
managers-outcome-unknown-code = Erreur : ce code ne mène à personne. Il a pu être mal lu, avoir déjà servi ou dater de plus de 24 heures. Demandez à la personne d’en obtenir un nouveau.
managers-outcome-oneself = Erreur : personne ne se désigne ni ne se retire soi-même. Demandez à un autre responsable.
managers-outcome-wait = Erreur : trop de codes erronés. Attendez une heure, puis recommencez.
managers-confirm = Désigner cette personne
managers-confirm-text = Vérifiez à voix haute que c’est bien la personne qui vous a lu le code. Voici ce que { $provider } dit d’elle.
managers-mail = Adresse électronique
managers-rank = Accès
managers-rank-manager = Gestionnaire : aide les intervenants
managers-rank-supervisor = Responsable : désigne aussi les gestionnaires, voit le journal et les statistiques
managers-reason = Motif
managers-reason-hint = Quelques mots, de 3 à 200 caractères, conservés dans le journal
managers-reason-missing = Erreur : indiquez un motif, de 3 à 200 caractères.
managers-confirm-submit = Donner l’accès
managers-cancel = Annuler
managers-dismiss-title = Retirer l’accès
managers-dismiss-text = { $name } n’aura plus accès à cet espace, dès sa prochaine page.
managers-dismiss-submit = Retirer l’accès
managers-dismiss-claim = Sa fonction lui donne aussi un accès, qui reste tant qu’elle n’est pas corrigée par ceux qui la tiennent.
join-title = Devenir gestionnaire
join-who = Vous utilisez le compte de { $name }.
join-text = Si votre responsable vous l’a demandé, obtenez ici un code et lisez-le-lui. Le code seul ne donne aucun accès.
join-submit = Obtenir un code
join-code = Lisez ce code à votre responsable, et à personne d’autre.
join-code-text = Il sert une seule fois, pendant 24 heures, et n’est plus affiché ensuite.
join-again = Obtenir un autre code

# Letters and lists at the desk

desk-papers = Convocations
desk-imports = Listes
desk-next = Suite
desk-look-again = Regarder où cela en est
desk-fault-title = Erreur : rien n’a été fait
desk-fault-reason = Indiquez pourquoi, en quelques mots (3 à 200 caractères).
desk-letter-number = Numéro
desk-letter-person = Intervenant
desk-letter-state = État
desk-paper-issued = à imprimer
desk-paper-printed = imprimée le { $date }, mot de passe non utilisé
desk-paper-used = utilisée le { $date }
desk-paper-expired = expirée le { $date }
desk-paper-voided = annulée le { $date }
desk-letter-find = Numéro d’une convocation
desk-letter-find-submit = Chercher
desk-letter-unknown = Aucune convocation ne porte le numéro { $number } ici. Vérifiez-le au bas de la page imprimée.
desk-letter-title = Convocation { $number }
desk-letter-issued-at = Émise le
desk-letter-password = Mot de passe
desk-letter-with-password = temporaire, imprimé sur la convocation
desk-letter-without-password = aucun : la personne a le sien
desk-letter-batch = Le lot dont elle fait partie
desk-letter-never-again = Ce qui y est imprimé ne peut pas être affiché une seconde fois. Si la page est perdue ou abîmée, émettez une nouvelle convocation : elle annule celle-ci.
desk-letter-new = Nouvelle convocation
desk-letter-void = Annuler cette convocation
desk-letter-void-text = Son mot de passe temporaire ne fonctionnera plus. La personne n’en aura pas d’autre tant qu’aucune convocation n’est émise.
desk-letter-void-submit = Annuler la convocation
desk-letter-stale = Cet accès a changé entre-temps. Vérifiez son état ci-dessous, puis recommencez si c’est encore utile.
desk-letter-shown-before = Cette convocation a déjà été affichée, ou son délai d’impression est passé. Si elle n’est pas sur papier, émettez-en une nouvelle.
desk-letters-alone = Dernières convocations isolées
desk-letters-none = Aucune pour le moment.
desk-batches = Lots
desk-batches-none = Aucun lot pour le moment. Un lot naît de l’importation d’une liste.
desk-batch-letters = { $number ->
        [one] { $number } convocation
       *[other] { $number } convocations
    }
desk-batch-in-work = en préparation
desk-batch-in-work-text = Le lot est en préparation ; il pourra être imprimé dès qu’il sera complet.
desk-batch-title = Lot de convocations
desk-batch-source = Le lot que celui-ci remplace
desk-batch-waiting = { $number ->
        [one] Une convocation attend d’être imprimée.
       *[other] { $number } convocations attendent d’être imprimées.
    }
desk-batch-once = Chacune s’affiche une seule fois : assurez-vous que l’imprimante est prête. Celles qui ne sont pas imprimées dans les 24 heures sont annulées.
desk-batch-print = Imprimer le lot
desk-batch-states = État des convocations
desk-batch-number = Nombre
desk-share-waiting = à imprimer
desk-share-printed = imprimées
desk-share-used = utilisées
desk-share-expired = expirées
desk-share-voided = annulées
desk-anew-title = L’impression a échoué ?
desk-anew-text = De nouvelles convocations remplacent celles de ces pages, sauf celles déjà utilisées et celles de personnes qui en ont reçu une autre depuis. Les anciennes sont annulées. Le numéro de page figure au bas de chaque feuille.
desk-anew-from = De la page
desk-anew-to = à la page
desk-anew-submit = Émettre à nouveau
desk-anew-range = Indiquez deux numéros de page, le plus petit d’abord.
desk-batch-own = Vous avez demandé ce lot : ici, c’est à un collègue de l’imprimer.
desk-ask-title = Nouvelle convocation
desk-ask-text = Elle annule la précédente. Elle porte un mot de passe temporaire si la personne n’en a pas choisi un elle-même.
desk-ask-latest = Dernière convocation
desk-ask-desk = Service dont les coordonnées figurent en haut à gauche
desk-ask-personal = Cette personne a choisi son mot de passe
desk-ask-keep = Elle le garde : la convocation rappelle seulement son identifiant
desk-ask-replace = Un mot de passe temporaire le remplace, et toutes ses sessions prennent fin
desk-ask-once = La convocation s’affiche une seule fois, pour être imprimée aussitôt.
desk-ask-submit = Émettre et afficher
desk-ask-stale = Cet accès a changé depuis l’affichage de la page. Rien n’a été émis : vérifiez, puis recommencez si c’est encore utile.
desk-ask-disabled = Cet accès est désactivé : réactivez-le d’abord.
desk-sheet-text = Cette page ne s’affiche qu’une fois. Imprimez-la maintenant (Ctrl + P), sans les en-têtes du navigateur.
desk-sheets-text = Ces pages ne s’affichent qu’une fois. Attendez que la dernière soit chargée, puis imprimez-les (Ctrl + P), sans les en-têtes du navigateur.
desk-sheet-print = Imprimer
desk-sheet-back = Revenir à l’espace gestionnaires
desk-upload-title = Importer une liste
desk-upload-text = Un fichier CSV, tel que les tableurs l’enregistrent. La première ligne porte les titres des colonnes, par exemple :
desk-upload-reason-label = Objet
desk-upload-reason-hint = Ce qui permettra de reconnaître cette liste : « Jurys de juin », par exemple.
desk-upload-file = Fichier
desk-upload-file-hint = CSV, 20 Mo et 100 000 lignes au plus
desk-upload-nothing-yet = Rien n’est fait pour le moment : vous verrez d’abord ce que la liste changerait.
desk-upload-submit = Vérifier la liste
desk-upload-missing = Choisissez un fichier qui n’est pas vide.
desk-upload-too-large = Le fichier dépasse 20 Mo. Partagez la liste en plusieurs fichiers.
desk-upload-too-many-lines = La liste dépasse 100 000 lignes. Partagez-la en plusieurs fichiers.
desk-upload-archive = C’est un classeur ou une archive (xlsx, ods, zip…). Dans votre tableur, enregistrez la feuille au format « CSV UTF-8 », puis importez ce fichier.
desk-upload-not-text = Ce fichier n’est pas un texte. Enregistrez la liste au format « CSV UTF-8 ».
desk-upload-utf16 = Ce fichier est en UTF-16. Enregistrez-le à nouveau au format « CSV UTF-8 ».
desk-upload-headings = La ligne de titres ne peut pas être lue : un titre y figure deux fois, ou un guillemet n’est pas fermé.
desk-upload-column = Il manque la colonne { $expected }. Les titres du fichier sont : { $found }.
desk-upload-reason = Indiquez l’objet de la liste, en 3 à 200 caractères.
desk-upload-too-many-waiting = Trop de listes attendent déjà. Terminez-en ou écartez-en d’abord.
desk-imports-past = Listes précédentes
desk-imports-none = Aucune pour le moment.
desk-list-foreseeing = vérification en cours
desk-list-foreseen = vérifiée, à importer
desk-list-importing = importation en cours
desk-list-imported = importée
desk-list-failed = interrompue
desk-list-withdrawn = écartée
desk-list-failed-text = Cette liste n’a pas pu être traitée jusqu’au bout. Importez-la à nouveau : ce qui est fait reste fait, le reste sera repris. Si cela se reproduit, prévenez l’assistance.
desk-list-lines = { $number ->
        [one] { $number } ligne
       *[other] { $number } lignes
    }
desk-list-progress = { $done } lignes traitées sur { $all }
desk-list-letters = Les convocations de cette liste
desk-list-withdraw = Écarter la liste
desk-report-foreseen = Ce que la liste changerait
desk-report-imported = Ce que la liste a changé
desk-report-all = tout
desk-report-download = Télécharger le compte rendu (CSV)
desk-report-file = compte-rendu
desk-report-headings = ligne; resultat; motif; identifiant; numero_convocation; adresse
desk-outcome-created = créé
desk-outcome-updated = mis à jour
desk-outcome-unchanged = inchangé
desk-outcome-refused = refusé
desk-row-line = Ligne
desk-row-outcome = Résultat
desk-row-person = Intervenant et convocation
desk-row-address-kept = L’adresse confirmée par la personne est conservée.
desk-row-address-proposed = L’adresse est proposée à la personne, qui dira à sa prochaine connexion si c’est la sienne.
desk-row-letter-by-hand = La personne a déjà eu un mot de passe personnel : sa convocation s’émet depuis sa fiche.
desk-row-too-long = la ligne dépasse 64 Kio
desk-row-encoding = la ligne n’est pas en { $first } comme le reste du fichier
desk-row-quotes = un guillemet n’est pas fermé sur sa ligne, ou se trouve au milieu d’un champ
desk-row-width = { $first } champs pour { $second } titres
desk-row-control = { $first } contient un caractère de contrôle
desk-row-long = { $first } dépasse { $second } caractères
desk-row-no-name = le nom manque
desk-row-no-key = ni numéro ni identifiant : la personne ne serait pas reconnue la prochaine fois
desk-row-mail-address = l’adresse électronique n’en est pas une
desk-row-duplicate = la ligne { $first } concerne la même personne
desk-row-disagreement = l’identifiant et le numéro désignent deux personnes
desk-row-unavailable = cet identifiant ne peut pas être attribué : laissez-le vide pour en obtenir un autre
desk-row-disabled = l’accès est désactivé : réactivez-le d’abord, ou retirez la ligne
desk-start-title = Importer cette liste
desk-start-letters = Convocations
desk-start-with = Émettre celles qui manquent ; vous les imprimerez ensuite
desk-start-without = N’en émettre aucune
desk-start-submit = Importer
problem-file-too-large-title = Fichier trop grand
problem-file-too-large-text = Une liste ne peut pas dépasser 20 Mo : rien n’a été importé.
problem-file-too-large-step = Partagez la liste en plusieurs fichiers, puis recommencez.
account-event-letter-printed = Impression d’une convocation
account-event-list-brought = Vérification d’une liste
account-event-list-imported = Importation d’une liste
account-event-list-withdrawn = Abandon d’une liste
account-event-report-taken = Téléchargement d’un compte rendu
account-event-batch-asked = Nouvelle émission des convocations d’un lot
desk-back = Revenir à la recherche
desk-search-label = Trouver une personne
desk-search-hint = Nom et prénom, identifiant, adresse électronique, numéro de convocation ou numéro de dossier.
desk-search-submit = Rechercher
desk-search-count =
    { $number ->
        [one] Une personne trouvée.
       *[other] { $number } personnes trouvées.
    }
desk-search-more = Plus de personnes que cette liste n’en montre : précisez votre recherche.
desk-search-none = Personne ne correspond. Essayez avec le nom seul, ou le numéro de la lettre.
desk-search-no-case = Aucune demande en cours ne porte ce numéro ici. Faites relire les six chiffres, ou cherchez par le nom.
desk-state-personal = mot de passe personnel
desk-state-temporary = mot de passe temporaire
desk-state-expired = mot de passe temporaire expiré
desk-state-none = pas encore de mot de passe
desk-state-disabled = accès désactivé

desk-new-link = Ajouter une personne
desk-new-title = Ajouter une personne
desk-new-error = Erreur : la personne n’a pas été ajoutée
desk-new-intro = Pour quelqu’un qui n’est dans aucune liste. Son mot de passe temporaire viendra avec sa première lettre.
desk-new-given = Prénom
desk-new-family = Nom
desk-new-optional = Facultatif
desk-new-required = Obligatoire
desk-new-email = Adresse électronique
desk-new-email-hint = Facultative. Un courriel y annonce qu’elle est enregistrée pour cet accès. Format attendu : nom@exemple.fr
desk-new-identifier = Identifiant
desk-new-identifier-hint = À laisser vide, sauf s’il existe déjà (un numéro attribué, par exemple). Sinon : initiale du prénom et nom.
desk-new-reason = Motif
desk-new-reason-hint = En quelques mots, pour le journal. Exemple : remplace un juré du BTS Tourisme
desk-new-submit = Ajouter
desk-new-no-name = Saisissez le nom de la personne.
desk-new-bad-name = Ce nom est trop long, ou contient un caractère invisible. Saisissez-le à nouveau, en 200 caractères au plus.
desk-new-bad-identifier = Cet identifiant ne pourrait pas être saisi. Il faut de 1 à 100 caractères ordinaires ; laissez le champ vide pour qu’il soit choisi.
desk-new-taken = Cet identifiant est déjà attribué, ou l’a été. Cherchez la personne, ou laissez le champ vide pour qu’un autre soit choisi.
desk-new-bad-email = Cette adresse électronique n’est pas complète. Corrigez-la, ou laissez le champ vide.
desk-new-bad-reason = Indiquez le motif en quelques mots : de 3 à 200 caractères.
desk-homonyms-title = Est-ce l’une de ces personnes ?
desk-homonyms-back = Revenir au formulaire
desk-homonyms-intro = Vous voulez ajouter :
desk-homonyms-more = D’autres encore leur ressemblent : une recherche par le nom complet les montre.
desk-homonyms-otherwise = Si la personne est dans la liste, ouvrez son dossier : un second compte lui ferait perdre le premier.
desk-homonyms-none = Ce n’est aucune d’elles : ajouter
desk-rank-manager = gestionnaire
desk-rank-supervisor = responsable

# Accesses that managers restore

desk-openings = Accès rétablis
desk-wishes = À confirmer par un second gestionnaire
desk-wishes-none = Aucun accès n’attend de confirmation.
desk-wishes-text = Un collègue veut rétablir ces accès, ou réunir ces fiches. Demandez-lui comment il sait à qui il parle, puis confirmez : il reprendra aussitôt.
desk-way-telephone = Dépannage par téléphone
desk-way-letter = Nouvelle convocation avec mot de passe
desk-way-address = Adresse électronique
desk-way-merge = Réunion de deux fiches
desk-wish-other = Cette fiche disparaîtrait dans celle de
desk-wish-reason = Motif : { $reason }
desk-wish-asked = Demandé par { $manager }, { $at }.
desk-wish-until = À confirmer avant : { $at }.
desk-wish-agreed = Confirmé, en attente de celui qui l’a demandé
desk-wish-own = Votre demande : un collègue doit la confirmer
desk-wish-agree = Confirmer
desk-agreement-given = C’est confirmé : votre collègue peut continuer.
desk-agreement-own = Vous ne pouvez pas confirmer votre propre demande : c’est à un collègue de le faire.
desk-agreement-over = Cette demande n’est plus valable : elle a été confirmée, elle est trop ancienne, ou le compte a changé entre-temps.
desk-opened = Derniers accès rétablis
desk-opened-none = Aucun accès n’a été rétabli.
desk-opened-text = Ceux qui ont servi depuis le réseau d’où ils ont été rétablis figurent en premier : vérifiez-les auprès de la personne.
desk-opened-same = Même réseau
desk-opened-by = Rétabli par { $manager }, { $at }.
desk-opened-second = Confirmé par { $manager }.
desk-opened-used = Utilisé : { $at }.
desk-opened-unused = Pas encore utilisé.
desk-refused-second = Cette personne a déjà un mot de passe personnel : un second gestionnaire doit confirmer. Votre demande lui est présentée à la page « Accès rétablis » ; recommencez quand il a confirmé.
desk-refused-too-many = Vous avez rétabli beaucoup d’accès en peu de temps. Un collègue peut s’en charger, ou vous-même dans { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
}.

# Cases, and help by telephone, at the desk

desk-cases = Demandes en attente
desk-cases-none = Personne n’attend.
desk-cases-number = { $number ->
    [one] Une personne attend
   *[other] { $number } personnes attendent
}
desk-cases-text = Ces personnes ont oublié leur mot de passe, et aucun courriel ne peut leur être envoyé. Les plus anciennes figurent en premier.
desk-cases-more = Suite des demandes
desk-case-since = Depuis : { $at }
desk-case-own = prise en charge par vous, { $at }
desk-case-taken-by = prise en charge par { $manager }, { $at }
desk-case-take = Prendre en charge
desk-case-release = Laisser à un collègue
desk-case-telephone = Dépanner par téléphone
desk-case-taken = La demande est à vous pendant un quart d’heure.
desk-case-released = La demande est de nouveau à tous.
desk-case-anothers = Un collègue a pris cette demande en charge.
desk-case-gone = Cette demande n’est plus ouverte.
call-title = Dépannage par téléphone
call-taken-by = { $manager } s’occupe de cette demande. Elle sera de nouveau à tous un quart d’heure après sa dernière action.
call-disabled = Ce compte est désactivé : il n’est pas possible de rétablir l’accès tant qu’il l’est.
call-no-case = Cette personne n’a pas de demande ouverte. Demandez-lui d’ouvrir la page de connexion, de choisir « Mot de passe oublié ? », de saisir son identifiant, et de garder cette page ouverte.
call-others = Autres demandes en cours pour cet identifiant :
call-others-text = Le numéro que vous donne la personne au téléphone dit laquelle est la sienne. N’importe qui peut faire une demande pour n’importe quel identifiant.
call-look-again = C’est fait : regarder à nouveau
call-proven = Le code est le bon : la personne choisit maintenant son mot de passe. Vous pouvez lui dire au revoir.
call-spoken = Un code a été donné ; il est valable jusqu’à : { $at }. Il n’est plus affiché. En donner un autre l’annule.
call-case = Dossier { $number }
call-case-text = Demandez à la personne de lire le numéro de dossier affiché sur sa page.
call-codes = Codes de reconnaissance
call-caller-code = La personne doit vous lire
call-manager-code = Répondez-lui
call-codes-match = Elle a lu exactement ce code
call-identity = Qui est au bout du fil ?
call-identity-text = Posez au moins trois questions dont la réponse figure dans votre dossier, et laissez la personne répondre seule :
call-ask-exam = pour quel examen ou concours, dans quel centre, à quelles dates ?
call-ask-address = quelle est l’adresse postale de la convocation ?
call-ask-letter = quel numéro figure sur sa dernière convocation ? ({ $number }, { $at })
call-ask-no-letter = quand et comment a-t-elle reçu son identifiant ?
call-ask-last-seen = quand s’est-elle connectée pour la dernière fois ? ({ $at })
call-identity-checked = J’ai vérifié qui appelle
call-speak = Dictez le code
call-speak-text = Le code s’affiche une seule fois, pour dix minutes. La personne le tape sur sa page, puis choisit elle-même son mot de passe.
call-speak-submit = Obtenir le code à dicter
call-speak-another = Obtenir un autre code
call-unchecked = Erreur : cochez les deux cases, une fois les codes comparés et l’identité vérifiée.
call-stale = Erreur : ce compte a changé entre-temps. Rien n’a été fait ; relisez cette page avant de continuer.
call-overtaken = Erreur : un code a déjà été donné depuis que cette page est affichée, ou la demande n’est plus la même. Il n’est pas affiché deux fois ; vous pouvez en donner un autre.
call-anothers = Erreur : un collègue s’occupe de cette demande.
call-code-title = Dictez ce code, chiffre par chiffre
call-code-text = La personne le tape sur sa page, qui le lui demande. Il est valable { $life }.
call-code-once = Il ne sera plus affiché. Ne le notez pas, ne l’envoyez pas.
call-follow = Suivre l’appel
