"""The demo's reference pages: tariffs, offices, connection, documents and questions of the invented supplier."""

from typing import Final

from calls.journey import Language
from customers.reference import PageContent, PageText, Section


def _page(section: Section, key: str, order: int, russian: tuple[str, str], english: tuple[str, str]) -> PageContent:
    texts = {Language.RU: PageText(*russian), Language.EN: PageText(*english)}
    return PageContent(section, texts, order=order, key=key)


PAGES: Final = (
    _page(
        Section.TARIFFS, "1", 1,
        ("Тарифы для города",
         "Один тариф: 4,70 руб. за кВт·ч. Два тарифа: днём, с 7:00 до 23:00, 5,41 руб., ночью 3,29 руб. за кВт·ч. "
         "Дом с электроплитой платит 3,29 руб. за кВт·ч."),
        ("Prices in towns",
         "Single rate: 4.70 roubles per kWh. Two rates: by day, from 7:00 to 23:00, 5.41 roubles, by night "
         "3.29 roubles per kWh. A home with an electric cooker pays 3.29 roubles per kWh."),
    ),
    _page(
        Section.TARIFFS, "2", 2,
        ("Тарифы для села",
         "Один тариф: 3,29 руб. за кВт·ч. Два тарифа: днём, с 7:00 до 23:00, 3,79 руб., ночью 2,30 руб. за кВт·ч."),
        ("Prices in villages",
         "Single rate: 3.29 roubles per kWh. Two rates: by day, from 7:00 to 23:00, 3.79 roubles, by night "
         "2.30 roubles per kWh."),
    ),
    _page(
        Section.OFFICES, "1", 1,
        ("Заозёрск",
         "Улица Ленина, дом 14. Пн–чт с 8:00 до 17:00, пт до 16 часов, обед с 12:00 до 12:45. Сб и вс — выходные. "
         "Последний четверг месяца открыто до 19 часов."),
        ("Zaozyorsk",
         "Lenin street, house 14. Mon–Thu 8:00–17:00, Fri 8:00–16:00, lunch break from 12:00 to 12:45. Closed on "
         "Saturday and Sunday."),
    ),
    _page(
        Section.OFFICES, "2", 2,
        ("Верхнелужск",
         "Улица Мира, дом 5. Вт–пт с 9:00 до 18:00, сб с 9:00 до 14:00, без обеда. Вс и пн — выходные."),
        ("Verkhneluzhsk",
         "Mira street, house 5. Tue–Fri 9:00–18:00, Saturday 9:00–14:00, no lunch break. Closed on Sunday and Monday."),
    ),
    _page(
        Section.OFFICES, "3", 3,
        ("Светлореченск",
         "Улица Советская, дом 21, 2 этаж. Пн, ср и пт с 9:00 до 15:00, обед с 12:00 до 13:00."),
        ("Svetlorechensk",
         "Sovetskaya street, house 21, 2nd floor. Mon, Wed and Fri from 9:00 to 15:00, lunch break from 12:00 to "
         "13:00."),
    ),
    _page(
        Section.CONNECTION, "", 1,
        ("Шаг первый: заявка",
         "Подайте заявку в районном офисе или через личный кабинет. Укажите адрес и нужную мощность. Для дома обычно "
         "хватает 15 кВт. Приложите план участка и документ о праве на него."),
        ("Step one: the application",
         "Apply at a district office or on our site. Give the address and the power that you need. 15 kW are usually "
         "enough for a house. Add a plan of the plot and the paper that shows your right to it."),
    ),
    _page(
        Section.CONNECTION, "", 2,
        ("Шаг второй: договор",
         "В течение 10 рабочих дней мы выставим счёт и условия договора. Договор заключён, когда счёт оплачен. "
         "Оплатить его нужно за 5 рабочих дней."),
        ("Step two: the contract",
         "Within 10 working days you get the bill and the terms. The contract holds when the bill is paid, within "
         "5 working days."),
    ),
    _page(
        Section.CONNECTION, "", 3,
        ("Шаг третий: работы и счётчик",
         "До границы участка сети строим мы, на участке — вы. Срок — до 6 месяцев. Счётчик ставим бесплатно. "
         "О готовности сообщите нам, и мы включим напряжение."),
        ("Step three: the works and the meter",
         "We build up to the border of the plot, you build inside of it. This takes up to 6 months. The meter is free. "
         "Tell us when you are ready, and we switch the power on."),
    ),
    _page(
        Section.DOCUMENTS, "1", 1,
        ("Чтобы переоформить счёт",
         "Нужны паспорт и документ о праве на жильё. Показания счётчика запишите в день передачи. Переоформить счёт "
         "можно в любом офисе, это занимает 15 минут."),
        ("To take over an account",
         "Bring your passport and the paper that shows your right to the home. Write the meter down on the day of the "
         "handover. Any office does it, in 15 minutes."),
    ),
    _page(
        Section.DOCUMENTS, "2", 2,
        ("Для заявки на подключение",
         "Нужны паспорт, документ о праве на участок, план участка с адресом и перечень приборов с их мощностью. "
         "Организации добавляют доверенность и реквизиты."),
        ("For a new connection",
         "Bring your passport, the paper that shows your right to the plot, a plan with the address and a list of your "
         "appliances with their power."),
    ),
    _page(
        Section.QUESTIONS, "1", 1,
        ("Когда передавать показания",
         "С 15 по 25 число каждого месяца: по этому телефону, через личный кабинет или в офисе."),
        ("When to hand in readings",
         "From the 15th to the 25th of each month: by telephone, on our site or at an office."),
    ),
    _page(
        Section.QUESTIONS, "2", 2,
        ("До какого числа платить", "До 10 числа следующего месяца. С 31-го дня долга начисляются пени."),
        ("When to pay", "By the 10th of the following month. Interest is charged from the 31st day of a debt."),
    ),
    _page(
        Section.QUESTIONS, "3", 3,
        ("Как установить двухтарифный счётчик",
         "Подайте заявку в офисе. Мастер придёт в течение 15 дней. Ночной тариф действует с первого дня следующего "
         "месяца."),
        ("How to get a two-rate meter",
         "Apply at an office. The fitter comes within 15 days. The night rate begins with the "
         "next month."),
    ),
    _page(
        Section.QUESTIONS, "4", 4,
        ("Кто отвечает за поверку счётчика",
         "За поверку и замену счётчика в доме отвечаем мы. Срок поверки скажет наш автомат в меню баланса."),
        ("Who has the meter verified", "We do, and we replace it too. The balance menu tells you when it is due."),
    ),
    _page(
        Section.QUESTIONS, "5", 5,
        ("Что делать, когда пропал свет",
         "Посмотрите, есть ли свет у соседей. Если нет, это авария: бригада уже в пути. Если свет пропал только у вас, "
         "проверьте автоматы в щитке и позвоните оператору."),
        ("What to do without power",
         "See whether your neighbours have light. If not, a crew is on its way. If only you are without power, look at "
         "your circuit breakers and ring an agent."),
    ),
)  # fmt: skip
